"""The development office of a fresh home: agencies and officers, plainly fictitious."""

from dossiers.parties import Agency, Officer, Register, Role

WARD = "H49.99.01"
PROVINCE = "H49.99"


def _officer(
    officer_id: str, name: str, position: str, unit: str, roles: tuple[Role, ...]
) -> Officer:
    return Officer(
        id=officer_id,
        name=name,
        position=position,
        agency=WARD,
        unit=unit,
        roles=roles,
        capacity="TM." if "leader" in roles else "",
        phone="0203 000 0000",
    )


_COUNTER = "Bộ phận Một cửa"
_EXPERTS = "Bộ phận chuyên môn"
_OFFICERS = (
    _officer("canbo1", "Nguyễn Thị Mẫu", "Cán bộ một cửa", _COUNTER, ("counter",)),
    _officer("canbo2", "Trần Văn Thử", "Cán bộ một cửa", _COUNTER, ("counter",)),
    _officer("cv1", "Lê Thị Ví Dụ", "Chuyên viên", _EXPERTS, ("specialist",)),
    _officer("cv2", "Phạm Văn Mẫu", "Chuyên viên", _EXPERTS, ("specialist",)),
    _officer(
        "truongphong",
        "Vũ Thị Thử",
        "Trưởng bộ phận",
        _EXPERTS,
        ("head", "specialist"),
    ),
    _officer("lanhdao", "Hoàng Văn Thí Dụ", "Chủ tịch", "Lãnh đạo", ("leader", "head")),
    _officer("vanthu", "Đỗ Thị Mẫu", "Văn thư", "Văn phòng", ("clerk",)),
)
_AGENCIES = (
    Agency(
        code=WARD,
        name="Ủy ban nhân dân phường Thử Nghiệm",
        short="UBND",
        place="Thử Nghiệm",
        address="Số 1 đường Thử Nghiệm",
        phone="0203 000 0000",
    ),
    Agency(
        code=PROVINCE,
        name="Trung tâm Phục vụ hành chính công Thử Nghiệm",
        short="HCC",
        place="Thử Nghiệm",
    ),
)


def register() -> Register:
    """Make the register: one ward with counter, specialists, chairperson, clerk."""
    return Register(version="development-1", agencies=_AGENCIES, officers=_OFFICERS)
