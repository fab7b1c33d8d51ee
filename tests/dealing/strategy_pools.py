"""A pool dealt by PostgreSQL alone: its pointer opened, its slots ordered, its pointer moved, and nothing stored."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from tests.dealing.strategy_model import Member

# Deals batch after batch as whoever uses the strategies does: what was given is taken off the turns, who has none left
# is left out, and when slots are fewer than leads, the rest is asked for again.
DEAL = """
create function pg_temp.deal(
  p_strategy text, inout p_pointer crm.rr_pointers, p_members routing.member[], p_date date, p_batches int[],
  out dealt uuid[])
language plpgsql as $$
declare
  v_members routing.member[] := p_members;
  v_slots uuid[];
  v_left int;
begin
  dealt := '{}';
  foreach v_left in array p_batches loop
    while v_left > 0 and v_members <> '{}' loop
      p_pointer := routing.open_circle(p_strategy, p_pointer, v_members);
      v_slots := array(
        select s.caller_id from routing.order_slots(p_strategy, p_pointer, v_members, p_date, v_left) s
        order by s.slot);
      p_pointer := routing.move_pointer(p_pointer, v_slots);
      v_members := array(
        select row(m.caller_id, m.weight, m.turns - g.n, m.given + g.n, m.load + g.n, m.max_load)::routing.member
        from unnest(v_members) m
        cross join lateral (select cardinality(array_positions(v_slots, m.caller_id)) as n) g
        where m.turns > g.n);
      dealt := dealt || v_slots;
      v_left := v_left - cardinality(v_slots);
    end loop;
  end loop;
end
$$
"""

MEMBERS = """
select array_agg(row(t.*)::routing.member)
from unnest(%s::uuid[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[]) t
"""


class Pool:
    """A pool that was never dealt to, and what it remembers from deal to deal. `pointer` is PostgreSQL's text of it."""

    def __init__(self, connection: psycopg.Connection[Any], workspace: int = 1, key: str = "global") -> None:
        self.connection = connection
        self.pointer = connection.execute(
            "select row(%s, %s, null, null, null, 0, null, null)::crm.rr_pointers::text", [workspace, key]
        ).fetchall()[0][0]

    def deal(self, strategy: str, members: Sequence[Member], today: date, batches: Sequence[int]) -> list[UUID]:
        """Who gets the next leads, dealt in batches of these sizes; fewer when all turns are used up."""
        columns = [list(column) for column in zip(*map(astuple, members), strict=True)] or [[]] * 6
        dealt, self.pointer = self.connection.execute(
            f"""select d.dealt, d.p_pointer::text
                from pg_temp.deal(%s, %s::crm.rr_pointers, coalesce(({MEMBERS}), '{{}}'), %s, %s::int[]) d""",
            [strategy, self.pointer, *columns, today, list(batches)],
        ).fetchall()[0]
        return list(dealt)


def callers(count: int) -> Iterator[UUID]:
    """Ids, in their order."""
    return (UUID(int=(0x7000 << 64) | (0x8 << 60) | number) for number in range(1, count + 1))
