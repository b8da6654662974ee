"""Make executed outputs deterministic: two runs of the same cells must give the same bytes."""

from __future__ import annotations

import base64
import io
import struct

from PIL import Image

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
NOT_PIXELS = {b"tEXt", b"zTXt", b"iTXt", b"tIME"}


def strip_png(data: bytes) -> bytes:
    """Return a PNG without its text and time chunks (they hold versions and dates, not pixels)."""
    if not data.startswith(PNG_MAGIC):
        raise ValueError("not a PNG")
    kept, at = [PNG_MAGIC], len(PNG_MAGIC)
    while at < len(data):
        length = struct.unpack(">I", data[at : at + 4])[0]
        end = at + 12 + length
        if data[at + 4 : at + 8] not in NOT_PIXELS:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def with_few_colours(data: bytes) -> bytes:
    """Return a PNG with a palette of at most 256 colours: a third of the
    bytes, and as sharp.
    """
    with Image.open(io.BytesIO(data)) as image:
        dots = image.info.get("dpi", (110, 110))
        few = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        kept = io.BytesIO()
        few.save(kept, "PNG", optimize=True, dpi=dots)
    return kept.getvalue()


def as_drawn(output) -> dict:
    """Return of an output's metadata how wide and high a figure was drawn."""
    told = output.get("metadata", {}).get("image/png", {})
    sizes = {name: told[name] for name in ("width", "height") if name in told}
    return {"image/png": sizes} if sizes else {}


def tidy_outputs(nb) -> None:
    """Strip images, timings and versions from a notebook's outputs, in place."""
    for cell in nb.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.pop("transient", None)
            if "metadata" in output:
                output["metadata"] = as_drawn(output)
            if "image/png" in output.get("data", {}):
                png = base64.b64decode(output["data"]["image/png"])
                png = strip_png(with_few_colours(png))
                output["data"]["image/png"] = base64.b64encode(png).decode()
