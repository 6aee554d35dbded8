/** The labels by which a built image says what it was built from. They are not themselves hashed. */
export const HASH_LABEL = 'dev.docker-ensure.hash';
export const INPUTS_LABEL = 'dev.docker-ensure.inputs';
