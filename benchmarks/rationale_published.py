"""Figures of others on the same split, and where they come from.

Measured once by this book's authors with the reference code of PETER (Li,
Zhang & Chen, 2021), on this records file and its split, by our metrics: 128
wide, 20 epochs. They are printed beside ours and not measured by this program.
"""

from __future__ import annotations

DATA = "musical_instruments"
SOURCE = (
    "PETER's reference code, 128 wide, 20 epochs, 509 CPU s; run once, "
    "earlier, by the authors of this book"
)
METRICS = (
    "bleu1",
    "bleu4",
    "rouge1_f",
    "rouge2_f",
    "usr",
    "fmr",
    "fcr",
    "div",
)
# {(system, setting): the metrics in that order}
FIGURES = {
    ("published:peter-small", "aspect-predicted"): (
        *(11.2, 0.81, 13.9, 2.0),
        *(0.150, 0.049, 0.054, 0.446),
    ),
    ("published:peter+-small", "aspect-given"): (
        *(14.2, 1.29, 18.7, 3.5),
        *(0.239, 0.323, 0.071, 0.265),
    ),
}
