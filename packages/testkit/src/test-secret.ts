/** A JWT_SECRET for servers under test: what is signed with it, they take. */
export const TEST_SECRET = 'a secret for tests, which is long enough';
