import type { ListenerOptions } from 'smtp-engine';

const TRUSTING = ['useProxy', 'useXClient', 'useXForward'] as const;

/** Whoever may be a proxy may pretend any address, and with XCLIENT any login: fit for a private network, else a mistake. */
export function trustWarnings({ id, ...options }: ListenerOptions): readonly string[] {
  return TRUSTING.filter((option) => isEverybody(options[option])).map(
    (option) =>
      `listener '${id}' believes what any client says of itself (${option}); list your proxies, such as ${option}: ['10.0.0.5']`,
  );
}

function isEverybody(proxies: boolean | readonly string[] | undefined): boolean {
  return typeof proxies === 'object' ? proxies.includes('*') : proxies === true;
}
