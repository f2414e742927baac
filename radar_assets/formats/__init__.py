"""Volumes for others: the model of FM 301 in xarray and NetCDF, and ODIM_H5."""
