"""The picture of the library: every package, an arrow for every import."""

import re

import rooms

from tools.house import MAY_IMPORT, arrows


def test_every_package_is_a_box_that_leads_to_its_section():
    drawn = rooms.picture(arrows())
    links = re.findall(r'<a href="(api\w*)\.html#package-(\w+)">', drawn)
    assert [package for _, package in links] == list(MAY_IMPORT)


def test_every_import_between_packages_is_an_arrow():
    found = {
        ("write", "judge"): ["write.a", "write.b"],
        ("data", "core"): ["data.a"],
    }
    drawn = rooms.picture(found)
    assert drawn.count('marker-end="url(#room-arrow)"') == 2
    assert "write imports judge" in drawn and "data imports core" in drawn
    assert "core imports nothing of the library" in drawn


def test_the_table_says_what_may_be_imported():
    [row] = [
        row
        for row in rooms.table().split("<tr>")
        if "<code>nets</code>" in row
    ]
    assert row.count("core, data, judge</td>") == 1
