"""The tree on disk: tiles as C2SP cuts them, proofs over many tiles, torn files."""

from pathlib import Path

import pytest

from dossiers.errors import TamperedError
from storage.merkle import CompactRange, leaf_hash, root_of
from storage.proofs import verify_consistency, verify_inclusion
from storage.tree import TreeFiles, tile_name

SIZE = 66_000
LEAVES = [leaf_hash(number.to_bytes(4)) for number in range(SIZE)]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> TreeFiles:
    found = TreeFiles(tmp_path_factory.mktemp("tree"))
    for first in range(0, SIZE, 20_001):
        found.extend(LEAVES[first : first + 20_001])
    return found


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, SIZE])
def test_knows_the_root_of_every_earlier_size(tree: TreeFiles, size: int) -> None:
    assert tree.root(size) == root_of(LEAVES[:size])


def test_cuts_tiles_of_every_level(tree: TreeFiles) -> None:
    assert tree.size == SIZE
    assert tree.tile(0, 257, 208) == b"".join(LEAVES[65_792:SIZE])
    assert tree.tile(1, 1, 1) == root_of(LEAVES[65_536:65_792])
    assert tree.tile(2, 0, 1) == root_of(LEAVES[:65_536])
    with pytest.raises(TamperedError, match="level-1, byte 8224"):
        tree.tile(1, 1, 2)


@pytest.mark.parametrize("index", [0, 255, 256, 65_535, 65_536, SIZE - 1])
def test_proves_leaves_across_tiles(tree: TreeFiles, index: int) -> None:
    for size in {index + 1, 65_999, SIZE}:
        if index < size:
            proof = tree.inclusion(index, size)
            verify_inclusion(LEAVES[index], index, size, proof, tree.root(size))


@pytest.mark.parametrize("old", [1, 256, 300, 65_536, 65_999, SIZE])
def test_proves_what_grew_from_what(tree: TreeFiles, old: int) -> None:
    proof = tree.consistency(old, SIZE)
    verify_consistency(old, tree.root(old), SIZE, tree.root(), proof)


def test_gives_leaves_back_for_the_signer_to_grow(tree: TreeFiles) -> None:
    signed = CompactRange().grown(LEAVES[:300])

    assert signed.grown(tree.leaves(300, SIZE)).root == tree.root()


@pytest.mark.parametrize("torn", [0, 1, 31])
def test_goes_on_after_a_start_that_was_killed_midway(
    tmp_path: Path, torn: int
) -> None:
    tree = TreeFiles(tmp_path)
    tree.extend(LEAVES[:1_000])
    with (tmp_path / "level-0").open("ab") as file:
        file.write(b"x" * (torn + 32 * 600))  # its levels above were never written
    with (tmp_path / "level-1").open("ab") as file:
        file.write(b"y" * torn)

    tree.cut(1_000)
    tree.extend(LEAVES[1_000:2_000])

    assert tree.root() == root_of(LEAVES[:2_000])
    assert tree.tile(1, 0, 7) == b"".join(
        root_of(LEAVES[256 * n : 256 * n + 256]) for n in range(7)
    )


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ((0, 0, 256), "0/000"),
        ((1, 1_234_067, 256), "1/x001/x234/067"),
        ((0, 273, 112), "0/273.p/112"),
        ((2, 1_000, 1), "2/x001/000.p/1"),
    ],
)
def test_names_tiles_as_the_specification_does(
    place: tuple[int, int, int], name: str
) -> None:
    assert tile_name(*place) == name
