"""Proofs against the words of RFC 6962 for every small tree; changed ones fail."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.errors import MalformedError, TamperedError
from storage.merkle import leaf_hash, node_hash
from storage.proofs import (
    consistency,
    inclusion,
    verify_consistency,
    verify_inclusion,
)

MOST = 70
LEAVES = [leaf_hash(bytes([number])) for number in range(MOST)]


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]) of RFC 6962 §2.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = power(len(leaves))
    return node_hash(mth(leaves[:split]), mth(leaves[split:]))


def power(size: int) -> int:
    """Find the largest power of two that is smaller than the size."""
    found = 1
    while found * 2 < size:
        found *= 2
    return found


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    split = power(len(leaves))
    if index < split:
        return [*path(index, leaves[:split]), mth(leaves[split:])]
    return [*path(index - split, leaves[split:]), mth(leaves[:split])]


def subproof(old: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of RFC 6962 §2.1.2."""
    if old == len(leaves):
        return [] if whole else [mth(leaves)]
    split = power(len(leaves))
    if old <= split:
        return [*subproof(old, leaves[:split], whole=whole), mth(leaves[split:])]
    found = subproof(old - split, leaves[split:], whole=False)
    return [*found, mth(leaves[:split])]


def of_range(start: int, end: int) -> bytes:
    return mth(LEAVES[start:end])


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_every_leaf_has_the_path_of_the_definition_and_it_holds(size: int) -> None:
    leaves = LEAVES[:size]
    for index in range(size):
        proof = inclusion(index, size, of_range)
        assert list(proof) == path(index, leaves)
        verify_inclusion(leaves[index], index, size, proof, mth(leaves))


@pytest.mark.parametrize("new", range(1, MOST + 1))
def test_every_older_tree_has_the_proof_of_the_definition_and_it_holds(
    new: int,
) -> None:
    for old in range(1, new + 1):
        proof = consistency(old, new, of_range)
        assert list(proof) == subproof(old, LEAVES[:new], whole=True)
        verify_consistency(old, mth(LEAVES[:old]), new, mth(LEAVES[:new]), proof)


@st.composite
def changed(draw: st.DrawFn, proof: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Flip a bit of a hash, drop one, double one, swap two or add one."""
    hashes = [*proof]
    place = draw(st.integers(0, max(len(hashes) - 1, 0)))
    kind = draw(st.sampled_from(["flip", "drop", "double", "swap", "add"]))
    if kind == "add" or not hashes:
        hashes.insert(draw(st.integers(0, len(hashes))), LEAVES[-1])
    elif kind == "flip":
        bit = draw(st.integers(0, 255))
        flipped = int.from_bytes(hashes[place]) ^ 1 << bit
        hashes[place] = flipped.to_bytes(32)
    elif kind == "drop":
        del hashes[place]
    elif kind == "double" or len(hashes) == 1:
        hashes.insert(place, hashes[place])
    else:
        other = (place + 1) % len(hashes)
        hashes[place], hashes[other] = hashes[other], hashes[place]
    return tuple(hashes)


@given(st.data())
def test_a_changed_inclusion_proof_never_holds(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion(index, size, of_range)
    wrong = data.draw(changed(proof))

    with pytest.raises(TamperedError, match="wrong inclusion proof"):
        verify_inclusion(LEAVES[index], index, size, wrong, mth(LEAVES[:size]))


@given(st.data())
def test_a_changed_consistency_proof_never_holds(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, MOST))
    old = data.draw(st.integers(1, new))
    wrong = data.draw(changed(consistency(old, new, of_range)))

    with pytest.raises(TamperedError, match="wrong consistency proof"):
        verify_consistency(old, mth(LEAVES[:old]), new, mth(LEAVES[:new]), wrong)


@given(st.data())
def test_a_proof_holds_for_its_own_leaf_place_and_root_only(
    data: st.DataObject,
) -> None:
    size = data.draw(st.integers(2, MOST))
    index, other = data.draw(
        st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)
    )
    proof, root = inclusion(index, size, of_range), mth(LEAVES[:size])

    for leaf, place, claimed in (
        (LEAVES[other], index, root),
        (LEAVES[index], other, root),
        (LEAVES[index], index, mth(LEAVES[: size - 1])),
    ):
        with pytest.raises(TamperedError):
            verify_inclusion(leaf, place, size, proof, claimed)


def test_a_fork_of_the_same_size_is_refused() -> None:
    with pytest.raises(TamperedError, match="two roots for one size, 9"):
        verify_consistency(9, mth(LEAVES[:9]), 9, mth(LEAVES[1:10]), ())


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5)])
def test_nothing_is_proved_from_the_empty_or_to_a_smaller_tree(
    old: int, new: int
) -> None:
    with pytest.raises(MalformedError):
        consistency(old, new, of_range)
    with pytest.raises(TamperedError):
        verify_consistency(old, LEAVES[0], new, LEAVES[0], ())


def test_no_proof_for_a_leaf_that_is_not_there() -> None:
    with pytest.raises(MalformedError, match="no leaf 5"):
        inclusion(5, 5, of_range)
    with pytest.raises(TamperedError, match="no leaf 5"):
        verify_inclusion(LEAVES[4], 5, 5, (), LEAVES[4])
