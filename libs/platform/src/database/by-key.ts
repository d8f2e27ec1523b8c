/**
 * `key = other`, for a key that must be looked up. A plain equation may be planned as a join of two whole tables, and
 * is, where a statement that is planned once a session found the table empty. Rows that are found so are ordered by
 * `other`, not by `key`: the order of a whole index would be taken for a way to save that sort.
 */
export const byKey = (key: string, other: string): string => `${key} = ANY (ARRAY[${other}])`;
