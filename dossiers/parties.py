"""Agencies, officers and who is competent: versioned data of one office."""

from typing import Literal

from dossiers.errors import NotCompetentError, NotFoundError
from dossiers.values import ENGINE, Actor, Value

Role = Literal["counter", "specialist", "leader", "clerk", "head"]


class Agency(Value):
    """An agency with its code (QĐ 20/2020/QĐ-TTg), name and seal title."""

    code: str
    name: str
    short: str
    place: str
    address: str = ""
    phone: str = ""


class Officer(Value):
    """A person in a position of an agency; `capacity` is how he signs (KT., TM.)."""

    id: str
    name: str
    position: str
    agency: str
    unit: str
    roles: tuple[Role, ...]
    capacity: str = ""
    phone: str = ""


class Register(Value):
    """The offices as of one version: agencies, officers, standing rules."""

    version: str
    agencies: tuple[Agency, ...]
    officers: tuple[Officer, ...]
    standing_rule: str | None = None

    def agency(self, code: str) -> Agency:
        """Find an agency; raises NotFoundError."""
        for agency in self.agencies:
            if agency.code == code:
                return agency
        known = ", ".join(a.code for a in self.agencies)
        text = f"không có cơ quan {code}; có: {known}"
        raise NotFoundError(text, f"no agency {code}; known: {known}")

    def officer(self, officer_id: str) -> Officer:
        """Find an officer; raises NotFoundError."""
        for officer in self.officers:
            if officer.id == officer_id:
                return officer
        known = ", ".join(o.id for o in self.officers[:8])
        text = f"không có cán bộ {officer_id}; ví dụ: {known}"
        raise NotFoundError(text, f"no officer {officer_id}; for example: {known}")

    def actor(self, officer_id: str) -> Actor:
        """Turn an officer's id into who acts, with position and agency."""
        if officer_id == ENGINE:
            return Actor(id=ENGINE, position=ENGINE, agency=self.agencies[0].code)
        found = self.officer(officer_id)
        return Actor(id=found.id, position=found.position, agency=found.agency)

    def holding(self, agency: str, role: Role) -> tuple[Officer, ...]:
        """List the officers of an agency with this role, in register order."""
        return tuple(o for o in self.officers if o.agency == agency and role in o.roles)

    def first(self, agency: str, role: Role) -> Officer:
        """Find the first officer of an agency with this role; NotFoundError."""
        found = self.holding(agency, role)
        if not found:
            text = f"cơ quan {agency} không có ai giữ vai trò {role}"
            raise NotFoundError(text, f"agency {agency} has nobody in role {role}")
        return found[0]

    def demand(self, officer_id: str, role: Role, *, rule: str) -> Officer:
        """Raise NotCompetentError unless this officer has the role."""
        officer = self.officer(officer_id)
        if role in officer.roles:
            return officer
        able = ", ".join(o.id for o in self.holding(officer.agency, role)) or "-"
        text = f"{officer_id} không có vai trò {role} [{rule}]; có thể làm: {able}"
        english = f"{officer_id} is not a {role} [{rule}]; who can: {able}"
        raise NotCompetentError(text, english, rule=rule)
