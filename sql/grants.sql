-- Who may do what. Nothing is for everybody; the gateway has schema api and nothing else.
revoke all on function crm.new_id() from public;
revoke all on all functions in schema routing from public;
revoke all on all functions in schema api from public;
revoke all on all functions in schema report from public;

grant usage on schema api to fairlead_gateway;
grant execute on all functions in schema api to fairlead_gateway;
