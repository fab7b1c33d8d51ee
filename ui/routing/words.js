// A rule in words: which callers, in what order. Which leads, the server says.

export const STRATEGIES = [
  { id: "round_robin", name: "Round robin", icon: "turns", text: "In turn, one lead each.", how: "in turn" },
  { id: "weighted", name: "Weighted", icon: "weights", text: "In proportion to weight, evenly spread.", how: "by weight" },
  { id: "weighted_random", name: "Weighted random", icon: "dice", text: "By chance; a weight of 2 gets twice as many.", how: "by chance and weight" },
  { id: "random", name: "Random", icon: "shuffle", text: "Everybody once a round, in shuffled order.", how: "at random" },
  { id: "least_loaded", name: "Least loaded", icon: "load", text: "The caller with the most room for open leads.", how: "to the least loaded" },
];

export const strategyOf = (id) => STRATEGIES.find((strategy) => strategy.id === id) ?? { id, name: id, icon: "turns", text: "", how: id };

export function duration(minutes) {
  if (minutes % 1440 === 0) return minutes === 1440 ? "1 day" : `${minutes / 1440} days`;
  if (minutes % 60 === 0) return minutes === 60 ? "1 hour" : `${minutes / 60} hours`;
  return `${minutes} min`;
}

const spelled = (slug) => slug.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");

/** Whom a pool is made of: "Everybody", "Callers for Goa, Hindi", "Callers of Team A or Team B", "Callers by name". */
export function poolName(key) {
  if (!key || key === "global") return "Everybody";
  if (key.startsWith("callers:")) return "Callers by name";
  const name = (part) => spelled(part.slice(part.indexOf(":") + 1));
  return key.startsWith("team:") ? `Callers of ${listed(key.split("|").map(name), "or")}` : `Callers for ${key.split(",").map(name).join(", ")}`;
}

/** Whom a rule is for, before any lead is known; `names` has those of the callers. */
export function whomOf({ attributes, teams = [], callers = [] }, names) {
  if (teams.length) return `Callers of ${listed(teams, "or")}`;
  if (callers.length) return callers.length > MOST_NAMES + 1
    ? `${callers.slice(0, MOST_NAMES).map((id) => names.get(id) ?? "…").join(", ")} and ${callers.length - MOST_NAMES} more`
    : listed(callers.map((id) => names.get(id) ?? "…"), "and");
  return attributes.length ? `Callers who share the lead's ${listed(attributes, "and")}` : "Everybody";
}

const MOST_NAMES = 3;
const listed = (words, last) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`);
