"""The sentences in which the journal says no."""

from sqlalchemy.exc import IntegrityError

from dossiers.change import Change
from dossiers.errors import ConflictError, DossierError, FaultError, NotFoundError

_OURS = ("dossier_view", "document_number")


def unknown(key: str) -> NotFoundError:
    """Build the answer for a dossier nobody knows."""
    return NotFoundError(
        f"không có hồ sơ {key}; xem danh sách: nambuoc dossier list",
        f"no dossier {key}; see the list: nambuoc dossier list",
    )


def stale(change: Change, version: int) -> ConflictError:
    """Build the refusal of a decision that was made on another version."""
    return ConflictError(
        f"hồ sơ {change.dossier_id} đang ở phiên bản {version}, quyết định dựa trên "
        f"phiên bản {change.expected}; hãy đọc lại rồi quyết định lại",
        f"dossier {change.dossier_id} is at version {version}, the decision was made "
        f"on version {change.expected}; read again, decide again",
    )


def other_dossier(command: str, dossier_id: str) -> ConflictError:
    """Build the refusal of a command id that was used for another dossier."""
    return ConflictError(
        f"mã lệnh {command} đã dùng cho hồ sơ {dossier_id}; hãy dùng mã khác",
        f"command id {command} was used for dossier {dossier_id}; take another",
    )


def taken(dossier_id: str, what: str) -> ConflictError:
    """Build the refusal of a dossier code or document number in use."""
    return ConflictError(
        f"hồ sơ {dossier_id}: mã hồ sơ hoặc số văn bản vừa có người lấy ({what}); "
        "hãy lấy số tiếp theo",
        f"dossier {dossier_id}: its code or document number was just taken ({what}); "
        "take the next one",
    )


def doubled(dossier_id: str, what: str) -> FaultError:
    """Build the fault of two effects or private fields under one key."""
    return FaultError(
        f"hồ sơ {dossier_id}: hai dòng trùng khóa trong một lần ghi ({what}); "
        "đây là lỗi chương trình, hãy báo lại",
        f"dossier {dossier_id}: two rows under one key in one append ({what}); "
        "this is a defect of the program, report it",
    )


def refusal_of(dossier_id: str, error: IntegrityError) -> DossierError:
    """Tell which key was taken when a row of an append was refused."""
    what = str(error.orig).strip().splitlines()[0]
    build = taken if any(table in what for table in _OURS) else doubled
    return build(dossier_id, what)
