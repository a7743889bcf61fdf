export interface ConnectionOptions {
  /** The address before `/api/v1`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly basicAuth?: { readonly username: string; readonly password: string };
  readonly bearerToken?: string;
  /** A file with the token, read again when it changes: tokens of Google, Azure and Kubernetes expire. */
  readonly bearerTokenFile?: string;
  /** Signs every request for Amazon Managed Prometheus. */
  readonly sigv4?: SigV4Options;
  /** PEM certificates of the authorities to trust instead of the system's. */
  readonly ca?: string;
  readonly insecureSkipVerify?: boolean;
  /** The longest time for one answer, 60 s. */
  readonly timeoutMs?: number;
  /** How often a passing fault is tried again, 4 times. */
  readonly retries?: number;
  /** The pause before the first retry, 500 ms; it doubles up to 10 s. */
  readonly retryDelayMs?: number;
  /** Queries in flight, 4. */
  readonly concurrency?: number;
  /** The largest answer that is read, 256 MiB. */
  readonly answerLimitBytes?: number;
  /** Ends everything that is asked, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Hears each different warning of the server once. */
  readonly onWarning?: (warning: string) => void;
}

export interface SigV4Options {
  /** Read from the address, else from `AWS_REGION`, where left out. */
  readonly region?: string;
  /** `aps`, Amazon Managed Service for Prometheus. */
  readonly service?: string;
  /** Of the shared credentials file. */
  readonly profile?: string;
}
