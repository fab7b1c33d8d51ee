// A rule in words: which leads, which callers, in what order.

export const ATTRIBUTES = { state: "State", source: "Source", language: "Language", campaign: "Campaign", team: "Team" };

export const STRATEGIES = [
  { id: "round_robin", name: "Round robin", icon: "turns", text: "In turn, one lead each.", how: "in turn" },
  { id: "weighted", name: "Weighted", icon: "weights", text: "In proportion to weight, evenly spread.", how: "by weight" },
  { id: "weighted_random", name: "Weighted random", icon: "dice", text: "By chance; a weight of 2 gets twice as many.", how: "by chance and weight" },
  { id: "random", name: "Random", icon: "shuffle", text: "Everybody once a round, in shuffled order.", how: "at random" },
  { id: "least_loaded", name: "Least loaded", icon: "load", text: "Whoever has the most room for open leads.", how: "to the least loaded" },
];

export const strategyOf = (id) => STRATEGIES.find((strategy) => strategy.id === id) ?? { id, name: id, icon: "turns", text: "", how: id };

/** What PostgreSQL makes of a condition, as one would write it: without quotes and brackets that need not be. */
export function tidy(condition) {
  const plain = (condition ?? "").replace(/\."([A-Za-z_]\w*)"|"(?:[^"\\]|\\.)*"/g, (found, name) => (name ? `.${name}` : found));
  return enclosed(plain) ? plain.slice(1, -1) : plain;
}

/** Whether the first bracket is closed by the last character. */
function enclosed(text) {
  if (!text.startsWith("(")) return false;
  const brackets = text.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => "_".repeat(quoted.length));
  let depth = 0;
  for (let index = 0; index < brackets.length; index++) {
    depth += brackets[index] === "(" ? 1 : brackets[index] === ")" ? -1 : 0;
    if (!depth) return index === brackets.length - 1;
  }
  return false;
}

const COMPARISONS = { "==": "is", "!=": "is not", "<>": "is not", ">": "is over", ">=": "is at least", "<": "is under", "<=": "is at most", "starts with": "begins with" };
const CLAUSE = /^\$\.(?:metadata\.)?([A-Za-z_]\w*) (==|!=|<>|>=?|<=?|starts with) ("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?)$/;

/** A condition as a sentence; null for one that only its author can put into words. */
export function inWords(condition) {
  const clauses = tidy(condition).trim().split(" && ").map((clause) => CLAUSE.exec(tidy(clause.trim())));
  if (!clauses.every(Boolean)) return null;
  return clauses.map(([, field, comparison, value]) => `${field.replaceAll("_", " ")} ${COMPARISONS[comparison]} ${value.startsWith('"') ? JSON.parse(value) : value}`).join(" and ");
}

export function duration(minutes) {
  if (minutes % 1440 === 0) return minutes === 1440 ? "1 day" : `${minutes / 1440} days`;
  if (minutes % 60 === 0) return minutes === 60 ? "1 hour" : `${minutes / 60} hours`;
  return `${minutes} min`;
}

const spelled = (slug) => slug.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");

/** Whom a pool is made of: "All callers", "Callers for Goa, Hindi". */
export function poolName(key) {
  if (!key || key === "global") return "All callers";
  return `Callers for ${key.split(",").map((part) => spelled(part.slice(part.indexOf(":") + 1))).join(", ")}`;
}

/** Whom the pools of a rule are made of, before any lead is known. */
export function poolsOf(attributes) {
  return attributes.length ? `Callers for the lead's ${attributes.join(" and ")}` : "All callers";
}
