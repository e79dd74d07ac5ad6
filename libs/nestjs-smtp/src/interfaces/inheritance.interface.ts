/**
 * Which of the application's global enhancers run for mail too: those of `useGlobalGuards()` and its like, and those
 * provided as APP_GUARD and so on. What is left out is inherited: no guard gets lost by being forgotten.
 */
export interface SmtpInheritance {
  /** Default: true. */
  readonly guards?: boolean;
  /** Default: true. */
  readonly pipes?: boolean;
  /** Default: true. */
  readonly interceptors?: boolean;
  /** Default: true. */
  readonly filters?: boolean;
}
