import pytest

from radar_assets.radar.bufr.tables import Element, Replication, compile_template

DATE = [("004001", 12), ("004002", 4), ("004003", 6)]
TIME = [("004004", 5), ("004005", 6), ("004006", 6)]
SPAN = (2, [*DATE, *TIME])
BYTES = ("031002", [("031002", [("030198", 8)])])
PARAMETERS = ("031001", [("030196", 8), ("030197", 8), BYTES])

EXPANDED = {
    "321204": [("031001", [("001192", 24), ("001193", 128)])],
    "301031": [
        ("001001", 7),
        ("001002", 10),
        ("002001", 2),
        *DATE,
        *TIME[:2],
        ("005001", 25),
        ("006001", 26),
        ("007001", 15),
    ],
    "321203": [
        (
            "031001",
            [
                SPAN,
                ("030196", 8),
                ("002135", 15),
                ("030194", 12),
                ("021201", 14),
                ("021203", 14),
                ("030195", 11),
                ("002134", 16),
                PARAMETERS,
            ],
        )
    ],
    "321253": [
        (
            "031001",
            [
                SPAN,
                ("030196", 8),
                ("002135", 15),
                ("002135", 15),
                ("021201", 14),
                ("021203", 14),
                ("030195", 11),
                ("002134", 16),
                ("031001", [("030194", 12)]),
                PARAMETERS,
            ],
        )
    ],
    "321254": [
        (
            "031001",
            [
                SPAN,
                ("030196", 8),
                ("002135", 15),
                ("002135", 15),
                ("030194", 12),
                ("021201", 14),
                ("021203", 14),
                ("030195", 11),
                ("002134", 16),
                ("002134", 16),
                PARAMETERS,
            ],
        )
    ],
}


def outline(nodes):
    """Nodes as (descriptor, width) and (count, members); a coded count by its descriptor."""
    return [
        (node.descriptor, node.width)
        if isinstance(node, Element)
        else (getattr(node.count, "descriptor", node.count), outline(node.body))
        for node in nodes
    ]


@pytest.mark.parametrize("sequence", EXPANDED)
def test_a_sequence_expands_to_its_elements_in_order(sequence):
    assert outline(compile_template((sequence,))) == EXPANDED[sequence]


@pytest.mark.parametrize(
    ("descriptor", "name", "scale", "reference", "width"),
    [
        ("002134", "Antenna beam azimuth", 2, 0, 16),
        ("002135", "Antenna elevation", 2, -9000, 15),
        ("005001", "Latitude (high accuracy)", 5, -9000000, 25),
        ("006001", "Longitude (high accuracy)", 5, -18000000, 26),
        ("007001", "Height of station", 0, -400, 15),
        ("021201", "Range-bin size", 0, 0, 14),
        ("021203", "Range-bin offset", -1, 0, 14),
        ("030194", "Number of bins along the radial", 0, 0, 12),
        ("030195", "Number of azimuths", 0, 0, 11),
    ],
)
def test_an_element_has_the_scale_of_table_b(descriptor, name, scale, reference, width):
    (element,) = compile_template((descriptor,))
    assert isinstance(element, Element)
    assert (element.name, element.scale, element.reference, element.width) == (
        name,
        scale,
        reference,
        width,
    )


def test_only_a_group_of_single_octets_is_a_run_of_bytes():
    octets, pairs = compile_template(("101000", "031002", "030198", "102003", "030198", "030197"))
    assert isinstance(octets, Replication)
    assert isinstance(pairs, Replication)
    assert (octets.is_octets, pairs.is_octets) == (True, False)


def test_a_descriptor_of_no_table_is_not_guessed():
    with pytest.raises(KeyError, match="063255"):
        compile_template(("063255",))
