/** The name of the transport whose `SmtpModule.forRoot()` gives none. */
export const DEFAULT_TRANSPORT = 'default';
