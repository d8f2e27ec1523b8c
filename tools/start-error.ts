/** Something that a person has to put right. Its message stands alone: the stack would only hide it. */
export class StartError extends Error {}
