"""Random secrets, and what must not be seen of them."""

from __future__ import annotations

from hypothesis import strategies as st

from radar_assets.errors.masking import PIECE

SECRETS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=PIECE, max_size=80),
    st.text("\"'\\%ñüß 文\n\t&<+/=:@aZ0", min_size=PIECE, max_size=30),
    st.text("abcXYZ019", min_size=PIECE, max_size=12),
)
"""long enough for a piece of them to be found"""


def pieces(text: str) -> set[str]:
    return {text[i : i + PIECE] for i in range(len(text) - PIECE + 1)}
