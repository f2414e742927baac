"""What records of a day, a month and a year of a network cost those who read them."""
