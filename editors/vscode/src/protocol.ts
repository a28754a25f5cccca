// What goes between this extension and the server, beyond the standard: docs/protocol.md.

export const SECTIONS = ["engine", "sandbox", "solve"] as const;

/** Announced in `initialize`: the server sends these notifications, and leaves the showing of outcomes to us. */
export const CAPABILITIES = { status: 1, engine: 1, candidates: 1, outcomes: 1 };

/** The one argument of every command. */
export interface CommandArguments {
  uri?: string;
  qualname?: string;
  position?: { line: number; character: number };
  version?: number;
  fingerprint?: string;
  options?: CommandOptions;
}

export interface CommandOptions {
  seed?: number;
  samples?: number;
  route?: "auto" | "full";
  asked?: string;
  right?: boolean;
  view?: "page" | "change";
}

/** One call that was made on a candidate. */
export interface Case {
  call: string;
  expected: string | null;
  actual: string;
  status: string;
}

/** What a command answers with. */
export interface Answer {
  status: string;
  message?: string;
  uri?: string;
  document?: string;
  function?: string;
  level?: string;
  applied?: boolean;
  cases_to_confirm?: Case[];
}

/** `atlas/status`: the state of one function. */
export interface FunctionStatus {
  schema: number;
  uri: string;
  qualname: string;
  line: number;
  state: "queued" | "solving" | "verified" | "weak" | "unverified" | "failed" | "none";
  text: string;
  percentage?: number;
  position?: number;
  candidates?: { done: number; planned: number };
  tokensPerS?: number;
}

/** `atlas/engine`: the model's process. */
export interface EngineStatus {
  schema: number;
  state: "idle" | "loading" | "ready" | "failed";
  model: string;
  bundled: boolean;
  remote: boolean;
  message: string;
}

/** `atlas/candidates`: what is known of a function's candidates has changed. */
export interface CandidatesChanged {
  uri: string;
  qualname: string;
}

/** What a candidate did on one call. */
export interface CandidateCase {
  text: string;
  status: string;
  provenance: string;
}

export interface CandidateEntry {
  index: number;
  origin: string;
  parent: number | null;
  text: string;
  code: string;
  chosen: boolean;
  standing: string;
  cases: CandidateCase[];
}

/** Answer of `atlas.server.candidates`: a tree that is ready to be shown. */
export interface Candidates extends Answer {
  document: string;
  qualname: string;
  text: string;
  model: string;
  candidates: CandidateEntry[];
  rejected: string[];
  tests: string[];
}

export const COMMAND_PREFIX = "atlas.server.";

/** Commands that run as long as they need, with progress. */
export const LONG_COMMANDS: ReadonlySet<string> = new Set(
  ["solve", "repair", "check", "tests", "confirm", "apply"].map((name) => COMMAND_PREFIX + name),
);

export const REQUEST_CANCELLED = -32800;
/** Error codes of vscode-jsonrpc for a connection that ended, or was not there. */
export const CONNECTION_GONE = { from: -32099, to: -32096 } as const;
