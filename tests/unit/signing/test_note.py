"""Signed notes: the published examples open, and nothing that was changed does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.errors import FaultError, MalformedError, TamperedError
from signing.note import Kind, SigningKey, VerifierKey, open_note, sign_note

# The example of c2sp.org/signed-note.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu7"
    "2IneyaQM=\n"
).encode()
TEXT = b"nambuoc.example/log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
KEY = SigningKey.new("nambuoc.example/log")
WITNESS = SigningKey.new("thanhtra.example/w1", Kind.WITNESS)
NOTE = sign_note(TEXT, KEY)
COSIGNED = TEXT + b"\n" + WITNESS.cosign(TEXT, 1_764_000_000).encode()


def test_opens_the_published_example() -> None:
    key = VerifierKey.parse(VKEY)

    note = open_note(EXAMPLE, [key])

    assert key.line == VKEY
    assert note.text == b"This is an example message.\n"
    assert [found.key for found in note.signatures] == [key]


@settings(max_examples=400)
@given(st.data(), st.sampled_from([(NOTE, KEY), (COSIGNED, WITNESS)]))
def test_no_flipped_bit_of_a_note_passes(
    data: st.DataObject, signed: tuple[bytes, SigningKey]
) -> None:
    note, key = signed
    wrong = bytearray(note)
    place = data.draw(st.integers(0, len(note) - 1))
    wrong[place] ^= 1 << data.draw(st.integers(0, 7))

    open_note(note, [key.verifier])
    with pytest.raises(TamperedError):
        open_note(bytes(wrong), [key.verifier])


@pytest.mark.parametrize("size", range(len(NOTE)))
def test_no_cut_note_passes(size: int) -> None:
    with pytest.raises(TamperedError):
        open_note(NOTE[:size], [KEY.verifier])


@pytest.mark.parametrize(
    "wrong",
    [
        NOTE.replace(b"\n", b"\r\n"),
        NOTE + b"\n",
        NOTE + b"more\n",
        NOTE + b"\xe2\x80\x94" + NOTE.rpartition(b"\xe2\x80\x94")[2],
        NOTE + "— x AAAAAA==\n".encode(),
        NOTE.replace(b"=\n\n", b"\n\n"),
        NOTE[:-2] + b"\n",
        b"\xff" + NOTE,
        NOTE + "— x AAAAAAA=\n".encode() * 101,
    ],
    ids=[
        "CRLF",
        "a blank line behind",
        "a line that is no signature",
        "signed twice",
        "an empty signature",
        "a root without padding",
        "a signature without padding",
        "no UTF-8",
        "too many lines",
    ],
)
def test_refuses_every_other_shape(wrong: bytes) -> None:
    with pytest.raises(TamperedError):
        open_note(wrong, [KEY.verifier])


def test_lines_of_unknown_keys_prove_nothing_and_harm_nothing() -> None:
    stranger = SigningKey.new(KEY.verifier.name)  # the same name, another key
    both = sign_note(TEXT, stranger, KEY)

    note = open_note(both, [KEY.verifier])

    assert [found.key for found in note.signatures] == [KEY.verifier]
    with pytest.raises(TamperedError, match="none of the trusted keys"):
        open_note(sign_note(TEXT, stranger), [KEY.verifier])


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    other = SigningKey.new("other")
    wrong = NOTE + other.sign(b"another text\n").encode()

    with pytest.raises(TamperedError, match="the signature of other is wrong"):
        open_note(wrong, [KEY.verifier, other.verifier])


def test_a_witness_signs_a_time_with_the_text() -> None:
    cosigned = NOTE + WITNESS.cosign(TEXT, 1_764_000_000).encode()

    note = open_note(cosigned, [KEY.verifier, WITNESS.verifier])

    assert [found.at for found in note.signatures] == [None, 1_764_000_000]


def test_a_log_signature_does_not_pass_as_a_witness() -> None:
    as_log = SigningKey.from_pem(WITNESS.verifier.name, WITNESS.pem)

    with pytest.raises(TamperedError):
        open_note(sign_note(TEXT, as_log), [WITNESS.verifier])


@pytest.mark.parametrize(
    "line",
    [
        "",
        "name",
        VKEY.replace("foo", "bar"),
        VKEY.replace("530d903a", "530D903A"),
        VKEY[:-1],
        VKEY.replace("+Ae", "+Ce"),
        f"{VKEY}=",
        VKEY.replace("example.com", "example com"),
    ],
)
def test_refuses_what_is_no_verifier_key(line: str) -> None:
    with pytest.raises(MalformedError):
        VerifierKey.parse(line)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\u00a0b", "a\x01b"])
def test_refuses_names_that_no_note_can_carry(name: str) -> None:
    with pytest.raises(MalformedError):
        SigningKey.new(name)


def test_a_private_key_comes_back_from_its_file() -> None:
    again = SigningKey.from_pem("nambuoc.example/log", KEY.pem)

    assert again.verifier == KEY.verifier
    assert sign_note(TEXT, again) == NOTE
    with pytest.raises(FaultError, match="damaged"):
        SigningKey.from_pem("x", KEY.pem[:60])


@pytest.mark.parametrize("text", [b"no newline", b"a\tb\n"])
def test_signs_no_text_that_cannot_be_read_back(text: bytes) -> None:
    with pytest.raises(MalformedError):
        sign_note(text, KEY)
