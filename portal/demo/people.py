"""
The demo's citizens: a seeded pool of persons who do not exist.

Nobody can have the numbers: no province has code 000 in a personal id, and no
telephone number of Viet Nam begins with 000.
"""

from dossiers.ports import Person
from portal.demo.draw import draw

_FAMILIES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
_MIDDLES = ("Thị", "Văn", "Ngọc", "Minh", "Thanh", "Đức", "Thu", "Hữu", "Kim", "Xuân")
_GIVENS = (
    "An",
    "Bình",
    "Châu",
    "Dũng",
    "Giang",
    "Hà",
    "Hạnh",
    "Hiếu",
    "Hương",
    "Khánh",
    "Lan",
    "Linh",
    "Mai",
    "Nam",
    "Nga",
    "Oanh",
    "Phúc",
    "Quỳnh",
    "Sơn",
    "Tâm",
    "Thảo",
    "Tuấn",
    "Uyên",
    "Vinh",
    "Yến",
)
_STREETS = ("Ví Dụ", "Thí Nghiệm", "Giả Định", "Bản Mẫu", "Chạy Thử")


def name(seed: bytes, who: str) -> str:
    """Draw a full name for one key of the demo."""
    parts = (("family", _FAMILIES), ("middle", _MIDDLES), ("given", _GIVENS))
    return " ".join(
        choices[draw(seed, who, what, len(choices))] for what, choices in parts
    )


def person(seed: bytes, index: int) -> Person:
    """Make the index-th person of the pool (from 0, up to nine digits)."""
    who = f"person-{index}"
    street = _STREETS[draw(seed, who, "street", len(_STREETS))]
    house = draw(seed, who, "house", 200) + 1
    return Person(
        name=name(seed, who),
        id_number=f"000{index:09d}",
        phone=f"000{index:07d}",
        address=f"Số {house} đường {street}, phường Thử Nghiệm",
    )
