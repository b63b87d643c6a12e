"""What is made from the table of messages: in step, and taken by the engine."""

from pathlib import Path

import pytest
import quickfix
from django.conf import settings
from django.core.management import call_command

from routing.fix import codec, dictionary, engagement
from routing.fix.examples import EXAMPLES
from routing.fix.fields import FIELDS
from routing.fix.messages import MESSAGES
from routing.fix.parts import FIX50, VERSIONS, Group, Part

SPOKEN = [(kind, version) for kind, message in MESSAGES.items() for version in message.versions]


def test_files_and_pages_are_in_step_with_the_table() -> None:
    """Run manage.py rules_of_engagement when this fails."""
    call_command("rules_of_engagement", check=True)


def test_a_stale_page_is_noticed(tmp_path: Path) -> None:
    found = engagement.pages(tmp_path)
    assert len(found) == len(MESSAGES) + 1
    assert all(
        (Path(settings.BASE_DIR) / "docs" / "fix" / path.name).read_text() == text for path, text in found.items()
    )


def tags(parts: tuple[Part, ...]) -> list[int]:
    return [part.tag if isinstance(part, Group) else FIELDS[part.name].tag for part in parts]


def groups(parts: tuple[Part, ...]) -> list[Group]:
    found = [part for part in parts if isinstance(part, Group)]
    return found + [inner for group in found for inner in groups(group.entries)]


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_names_each_field_once(kind: str) -> None:
    message = MESSAGES[kind]
    for level in (message.parts, *(group.entries for group in groups(message.parts))):
        assert len(tags(level)) == len(set(tags(level)))
    assert set(message.replies.split()) <= MESSAGES.keys()


def inside(group: Group) -> set[int]:
    return {*tags(group.entries), *(tag for inner in groups(group.entries) for tag in tags(inner.entries))}


@pytest.mark.parametrize("kind", MESSAGES)
def test_no_field_stands_in_a_group_and_beside_it(kind: str) -> None:
    """The engine puts a body in the order of its tags: behind a group, a field that the group has is taken for its."""
    message = MESSAGES[kind]
    for group in (part for part in message.parts if isinstance(part, Group)):
        behind = {tag for tag in tags(message.parts) if tag > group.tag and tag in inside(group)}
        # LegRefID beside legs: the codec refuses the two together.
        assert behind <= ({654} if kind == "8" else set())
    for level in (group.entries for group in groups(message.parts)):
        for group in (part for part in level if isinstance(part, Group)):
            assert not inside(group) & set(tags(level))


@pytest.mark.parametrize(("kind", "version"), SPOKEN)
def test_the_engine_takes_every_example(kind: str, version: str) -> None:
    fields = dict(EXAMPLES[kind])
    if kind == "A" and version == FIX50:
        fields["default_appl_ver_id"] = "9"
    if kind == "E" and version == "FIX.4.2":
        del fields["contingency_type"]
    text = engagement.whole(codec.encode(kind, fields, version), version)
    books = [quickfix.DataDictionary(str(dictionary.HERE / name)) for name in dict.fromkeys(dictionary.FILES[version])]
    message = quickfix.Message(text, *books, True)
    if version != FIX50 or MESSAGES[kind].admin:
        books[0].validate(message)
    assert codec.decode(message.toString()).fields == codec.decode(text).fields


@pytest.mark.parametrize("version", VERSIONS)
def test_reason_codes_have_no_list_of_values(version: str) -> None:
    text = (dictionary.HERE / dictionary.FILES[version][1]).read_text()
    for tag in (102, 103, 378, 380, 532, 751):
        line = next((line for line in text.splitlines() if f'number="{tag}"' in line), "/>")
        assert line.endswith("/>")


def test_the_checksum_of_an_example_is_true() -> None:
    raw = engagement.whole(codec.encode("M", {"list_id": "L"}), "FIX.4.4")
    body = raw.split("\x01", 2)[2].rsplit("10=", 1)[0]
    assert codec.header(raw)["9"] == str(len(body))
    assert int(codec.header(raw)["10"]) == sum(raw.rsplit("10=", 1)[0].encode()) % 256
