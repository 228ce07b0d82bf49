"""The tree against the published vectors of RFC 6962 and against its definition."""

import hashlib

import pytest

from storage.merkle import CompactRange, leaf_hash, leaf_of, node_hash, root_of

# The eight inputs and roots that transparency-dev/merkle publishes for every client.
INPUTS = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(bytes([number % 256])) for number in range(count)]


def defined(hashes: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(defined(hashes[:split]), defined(hashes[split:]))


@pytest.mark.parametrize("size", range(9))
def test_gives_the_published_roots(size: int) -> None:
    hashes = [leaf_hash(bytes.fromhex(entry)) for entry in INPUTS[:size]]

    assert root_of(hashes).hex() == ROOTS[size]


def test_gives_the_root_of_the_definition_for_every_size() -> None:
    hashes = leaves(130)
    for size in range(1, 131):
        assert root_of(hashes[:size]) == defined(hashes[:size])


def test_grows_in_any_pieces_and_survives_being_stored() -> None:
    hashes = leaves(100)
    tree = CompactRange()
    for first in range(0, 100, 7):
        tree = tree.grown(hashes[first : first + 7])
        tree = CompactRange.read(tree.size, tree.written)

    assert tree.size == 100
    assert tree.root == root_of(hashes)


def test_refuses_a_compact_range_of_another_size() -> None:
    stored = CompactRange().grown(leaves(3)).written

    with pytest.raises(ValueError, match="tree of 4 leaves"):
        CompactRange.read(4, stored)


def test_a_leaf_is_over_0x01_and_the_digest_of_the_exact_body() -> None:
    body = '{"subject":"hồ sơ"}'.encode()

    entry = b"\1" + hashlib.sha256(body).digest()

    assert len(entry) == 33
    assert leaf_of(body) == hashlib.sha256(b"\0" + entry).digest()
