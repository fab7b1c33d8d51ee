"""Who leads are of, as the requirement tells it: what each contact is known by, and which contact counts as which.

A contact has the number of its first lead. This is written to be obviously right, and shares no line with what it is
compared to.
"""

from dataclasses import dataclass, field

from tests.dealing.settings import Form


@dataclass
class Conflict:
    """The keys of a lead named different contacts: which each named, and which won, as they counted then."""

    lead: int
    winner: int
    named: dict[str, int]


@dataclass
class Contacts:
    """The contacts of a workspace."""

    of_lead: list[int] = field(default_factory=list)
    known: dict[tuple[str, str], int] = field(default_factory=dict)
    said_with: dict[tuple[str, str], str] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    said: list[dict[str, tuple[str, str]]] = field(default_factory=list)

    def join(self, form: Form) -> None:
        """The next lead is of the contact its first known key names, else of a new one; all its keys are known then.

        A second phone or an e-mail address that was first said with another phone is not the lead's own.
        """
        lead = len(self.of_lead)
        keys = {name: ("phone" if name == "phone_2" else name, key) for name, key in form.keys.items()}
        self.said.append(dict(keys))
        for name in self.shared(keys):
            del keys[name]
        named = {name: self.known[key] for name, key in keys.items() if key in self.known}
        contact = next(iter(named.values()), lead)
        for key in keys.values():
            self.known.setdefault(key, contact)
        self.of_lead.append(contact)
        roots = {kind: self.root(found) for kind, found in named.items()}
        if len(set(roots.values())) > 1:
            self.conflicts.append(Conflict(lead, self.root(contact), roots))

    def shared(self, keys: dict[str, tuple[str, str]]) -> list[str]:
        """Those of these keys that are not a lead's own; of the others is kept with which phone they were said."""
        further = [name for name in ("phone_2", "email") if name in keys and "phone" in keys]
        return [name for name in further if self.said_with.setdefault(keys[name], keys["phone"][1]) != keys["phone"][1]]

    def edit(self, lead: int, field: str, value: str) -> None:
        """The lead's contact is known by what it says now, too; what is another's is told, and stays theirs."""
        before = self.said[lead]
        keys = {**before, field: (field, value)}
        if keys.get("phone_2") == keys.get("phone"):
            keys.pop("phone_2", None)
        self.said[lead] = keys
        own = self.of_lead[lead]
        for key in keys.values():
            self.known.setdefault(key, own)
        shared = self.shared(keys)
        new = [name for name, key in keys.items() if key not in before.values() and name not in shared]
        roots = {name: self.root(self.known[keys[name]]) for name in new}
        others = {name: root for name, root in roots.items() if root != self.root(own)}
        if others:
            self.conflicts.append(Conflict(lead, self.root(own), others))

    def root(self, contact: int) -> int:
        """The contact that a contact counts as: itself, unless it was merged."""
        return self.root(self.merged[contact]) if contact in self.merged else contact

    def counts_for(self, lead: int) -> int:
        """The contact that a lead's counts as."""
        return self.root(self.of_lead[lead])

    def leads_beside(self, lead: int) -> list[int]:
        """The other leads of a lead's contact, in the order they came."""
        return [n for n in range(len(self.of_lead)) if n != lead and self.counts_for(n) == self.counts_for(lead)]

    def merge(self, lead: int, into: int) -> bool:
        """The contact of one lead counts as that of the other from now on; no if it does already."""
        if self.counts_for(lead) == self.counts_for(into):
            return False
        self.merged[self.counts_for(lead)] = self.counts_for(into)
        return True

    def unmerge(self, lead: int) -> None:
        """The lead's own contact counts as itself again; what was merged into it stays with it."""
        self.merged.pop(self.of_lead[lead], None)
