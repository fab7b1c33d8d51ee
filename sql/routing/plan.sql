-- The plan: the rules in the order they are tried. Each names the attributes of a lead that form the key of its pool
-- (none: the pool of everybody) and the strategy that orders the pool's slots. A rule whose pool has no free caller
-- passes the lead on to the next; after the last comes the queue.
create view routing.plan (step, rule, attributes, strategy) as
values (1, 'state', array['state'], 'round_robin'),
       (2, 'global', array[]::text[], 'round_robin');

comment on view routing.plan is 'The rules by which leads are dealt, in the order they are tried. After the last comes the queue.';
comment on column routing.plan.step is 'Place in the order.';
comment on column routing.plan.rule is 'Name of the rule.';
comment on column routing.plan.attributes is 'Attributes of a lead that form its pool key; none means everybody.';
comment on column routing.plan.strategy is 'Order in which the pool''s callers get their turns.';
