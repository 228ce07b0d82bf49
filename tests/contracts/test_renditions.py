"""What is made of a document lies beside it, and goes with it."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from dossiers.errors import ErasedError, NotFoundError
from storage.blobs import Blobs
from storage.collecting import collect
from storage.documents import SqlDocuments
from storage.encryption.keys import FileKeys
from storage.objects.memory import InMemoryObjects
from storage.renditions import PAGE_1, Renditions
from storage.scrubbing import scrub
from storage.shredding import shred
from tests.contracts.test_document_keys import ERASE
from tests.contracts.test_documents import PAPER, about
from tests.support.databases import IDS

IMAGE = b"\x89PNG of the first page"


@pytest.fixture
def blobs(engine: Engine, keys: FileKeys) -> Blobs:
    return Blobs(engine, InMemoryObjects(), keys)


@pytest.fixture
def documents(engine: Engine, blobs: Blobs, keys: FileKeys) -> SqlDocuments:
    return SqlDocuments(engine, blobs.objects, keys, IDS)


def test_a_rendition_lies_beside_the_original(
    engine: Engine, blobs: Blobs, documents: SqlDocuments
) -> None:
    put = documents.put(PAPER, about(1))
    renditions = Renditions(engine, blobs)
    for content in (IMAGE, b"made again otherwise"):
        renditions.put(put.id, PAGE_1, content, "image/png")

    assert renditions.kinds(put.id) == (PAGE_1,)
    assert renditions.open(put.id, PAGE_1) == IMAGE
    assert (documents.open(put.id), documents.find(put.id)) == (PAPER, put)
    collect(engine, blobs.objects, grace_s=0)
    assert scrub(engine, blobs).findings == ()
    with pytest.raises(NotFoundError, match="no text"):
        renditions.open(put.id, "text")


def test_a_rendition_is_shredded_with_its_original(
    engine: Engine, blobs: Blobs, documents: SqlDocuments
) -> None:
    put = documents.put(PAPER, replace(about(1), retention="reuse"))
    renditions = Renditions(engine, blobs)
    renditions.put(put.id, PAGE_1, IMAGE, "image/png")

    shred(engine, IDS, ERASE)

    with pytest.raises(ErasedError):
        renditions.open(put.id, PAGE_1)
    with pytest.raises(ErasedError):
        renditions.put(put.id, "page-2.png", IMAGE, "image/png")
    collect(engine, blobs.objects, grace_s=0)
    assert list(blobs.objects.list()) == []
