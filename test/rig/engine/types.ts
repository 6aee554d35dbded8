/** What the rig offers to tests, the demo and the command line. */

/** Which image store an engine keeps its images in. */
export type Store = 'classic' | 'containerd';

/** What a docker command printed, and how it ended. */
interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** What the API of an engine answers. */
interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Options of one docker command. */
interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Who wants a program to run: a process, by its id, or somebody who will say stop. */
export type Owner = number | 'forever';

/** How to start an engine. */
export interface EngineOptions {
  readonly name: string;
  readonly store: Store;
  /** Instead of a folder within the state folder. It is not removed by `stop`. */
  readonly dataRoot?: string;
  /** More keys for dockerd's configuration file. */
  readonly config?: Record<string, unknown>;
  /** Begin with an empty engine even if one of this name runs. */
  readonly fresh?: boolean;
  /** The process with which the engine ends, or 'forever'. By default this one. */
  readonly owner?: Owner;
  readonly log?: (line: string) => void;
}

/** A docker engine to do with as one likes. */
export interface Engine {
  readonly name: string;
  readonly store: Store;
  /** False for the user's own engine, borrowed: then make images under `prefix` only. */
  readonly private: boolean;
  /** Repositories beginning with this are the tests' own. */
  readonly prefix: string;
  /** The state folder. */
  readonly root: string;
  /** The path of its unix socket; for a borrowed engine, its DOCKER_HOST. */
  readonly socket: string;
  /** DOCKER_HOST, DOCKER_CONFIG, PATH and suchlike: to be laid over a `scrubbed` environment. */
  readonly env: Record<string, string>;
  /** Runs a docker command on this engine. A failure is an outcome, not an exception. */
  docker(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Sends a request to its HTTP API: what a docker command asks for, without starting one. */
  api(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  /** Ends the engine as a power cut would. Only a private one. */
  kill(): Promise<void>;
  /** Begins again with the images it had, after `kill` or in full life. Only a private one. */
  restart(): Promise<void>;
  /** Lets go of the engine; when its last owner does, it ends and nothing of it is left. */
  stop(): Promise<void>;
}

/** A name and a password. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** How to start a registry. */
export interface RegistryOptions {
  readonly name: string;
  /** Asks for these credentials; by default anybody may push and pull. */
  readonly auth?: Credentials;
  /** A port of one's choice instead of a free one. */
  readonly port?: number;
  /** More environment, such as REGISTRY_… to override its configuration. */
  readonly env?: Record<string, string>;
  readonly deleteEnabled?: boolean;
  /** The process with which the registry ends, or 'forever'. By default this one. */
  readonly owner?: Owner;
}

/** A registry to do with as one likes. */
export interface Registry {
  readonly name: string;
  /** "127.0.0.1:PORT": the server of a reference. Engines need no TLS for it. */
  readonly host: string;
  readonly auth: Credentials | undefined;
  repositories(): Promise<string[]>;
  tags(repository: string): Promise<string[]>;
  /** The requests answered so far, one line each, in the form of a web server's log. */
  accessLog(): Promise<string[]>;
  /** Forgets everything pushed to it. */
  reset(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Begins again on the same port with what it held, after `kill` or in full life. */
  restart(): Promise<void>;
  /** Ends it, and removes everything it held. */
  stop(): Promise<void>;
}
