// A client of an API: nothing is rendered on a server, and the same files serve every installation.
export const ssr = false;
export const prerender = false;
