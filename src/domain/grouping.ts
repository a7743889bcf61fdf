/** What gets a pull request of its own. */
export const GROUPINGS = ["application", "namespace", "team", "cluster", "repository", "workload"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** How it is where nobody says otherwise. */
export const USUAL_GROUPING = "application" satisfies Grouping;
