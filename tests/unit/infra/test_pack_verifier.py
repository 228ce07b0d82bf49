"""The verifier's own arithmetic against published facts and the product's code."""

import ast
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from infra.pack_verifier.ed25519 import ed25519_holds
from infra.pack_verifier.shipping import shipped
from infra.pack_verifier.tlog import (
    Head,
    PackError,
    Proof,
    demand_included,
    read_checkpoint,
    read_key,
    read_proof,
)
from signing.note import SigningKey, sign_note
from storage.merkle import leaf_of, root_of
from storage.proofs import inclusion

# RFC 8032 §7.1, tests 1, 2 and 3: public key, message, both halves of the signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac",
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493
BODIES = [f"body {number}".encode() for number in range(40)]
LEAVES = [leaf_of(body) for body in BODIES]


@pytest.mark.parametrize("vector", RFC_8032)
def test_accepts_the_signatures_of_rfc_8032(vector: tuple[str, ...]) -> None:
    key, text, point, scalar = map(bytes.fromhex, vector)

    assert ed25519_holds(key, point + scalar, text)
    assert not ed25519_holds(key, point + scalar, text + b"\0")


@given(st.binary(max_size=80), st.integers(0, 511))
def test_agrees_with_the_library_and_refuses_every_flipped_bit(
    message: bytes, bit: int
) -> None:
    private = Ed25519PrivateKey.from_private_bytes(message.ljust(32, b"k")[:32])
    public, signed = private.public_key().public_bytes_raw(), private.sign(message)
    flipped = bytearray(signed)
    flipped[bit // 8] ^= 1 << bit % 8

    assert ed25519_holds(public, signed, message)
    assert not ed25519_holds(public, bytes(flipped), message)


def test_refuses_a_scalar_beyond_the_order_and_points_that_are_none() -> None:
    public, message, point, scalar = map(bytes.fromhex, RFC_8032[1])
    more = int.from_bytes(scalar, "little") + ORDER
    signature, malleable = point + scalar, point + more.to_bytes(32, "little")
    no_point = (2).to_bytes(32, "little")

    assert not ed25519_holds(public, malleable, message)
    assert not ed25519_holds(no_point, signature, message)
    assert not ed25519_holds(b"\xff" * 32, signature, message)
    assert not ed25519_holds(public[:-1], signature, message)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 21, 40])
def test_climbs_from_every_event_of_a_tree_and_from_no_other_place(size: int) -> None:
    def range_hash(start: int, end: int) -> bytes:
        return root_of(LEAVES[start:end])

    head = Head("o", size, root_of(LEAVES[:size]))
    for leaf in range(size):
        path = inclusion(leaf, size, range_hash)
        demand_included(Proof(BODIES[leaf], leaf, path, b""), head, "p")
        for wrong in (
            Proof(BODIES[leaf], leaf + 1, path, b""),
            Proof(BODIES[leaf], leaf, (*path, b"0" * 32), b""),
            Proof(BODIES[leaf] + b"x", leaf, path, b""),
        ):
            with pytest.raises(PackError, match=r"^p: not in"):
                demand_included(wrong, head, "p")


def test_reads_a_checkpoint_beside_lines_of_strangers() -> None:
    key, stranger = SigningKey.new("log.example"), SigningKey.new("other")
    known = read_key(f"{key.verifier.line}\n".encode(), "key")
    root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    text = f"log.example\n7\n{root}\n".encode()

    head = read_checkpoint(sign_note(text, stranger, key), known, "c")

    assert (head.size, head.root.hex()[:8]) == (7, "e3b0c442")
    for raw in (
        sign_note(text, stranger),
        sign_note(text.replace(b"\n7", b"\n07"), key),
        sign_note(text + b"more\n", key),
        sign_note(text.replace(b"log.", b"fog."), key),
        sign_note(text, key).replace(b"\n7", b"\n8"),
        sign_note(text, key)[:-1],
        sign_note(text, key).replace(b"\n\n", b"\n"),
        b"\xff\n\n\xff\n",
    ):
        with pytest.raises(PackError, match=r"^c: "):
            read_checkpoint(raw, known, "c")


@pytest.mark.parametrize(
    "line", ["", "a+b", "a b+00000000+AQ==", "a+00000000+AQ==", "\x00", "á" * 9]
)
def test_refuses_what_is_no_key(line: str) -> None:
    with pytest.raises(PackError, match=r"^k: "):
        read_key(line.encode(), "k")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"c2sp.org/tlog-proof@v1\nindex 0\n\nx",
        b"c2sp.org/tlog-proof@v1\nextra e30=\nindex 00\n\nx",
        b"c2sp.org/tlog-proof@v1\nextra e30\nindex 0\n\nx",
        b"c2sp.org/tlog-proof@v1\nextra e30=\nindex 0\ne30=\n\nx",
        b"c2sp.org/tlog-proof@v2\nextra e30=\nindex 0\n\nx",
    ],
)
def test_refuses_what_is_no_proof(raw: bytes) -> None:
    with pytest.raises(PackError, match=r"^p: "):
        read_proof(raw, "p")


def test_the_shipped_file_needs_only_the_standard_library_of_python_3_9() -> None:
    tree = ast.parse(shipped(), feature_version=(3, 9))
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert len(imported) > 5
    assert imported - sys.stdlib_module_names == set()
    assert "socket" not in imported
