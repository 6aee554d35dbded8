/** What `${VAR}` stands for, by name. */
export type Variables = ReadonlyMap<string, string>;

/** The environment as a process has it. */
export type Environment = Readonly<Record<string, string | undefined>>;
