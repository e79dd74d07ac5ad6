/** The validated configuration of the application: every environment variable it knows, typed. See README. */
export abstract class AppConfig {
  abstract readonly production: boolean;
  /** SMTP_PORT: STARTTLS, AUTH required. 0 takes a free port. */
  abstract readonly smtpPort: number;
  /** SMTPS_PORT: implicit TLS. */
  abstract readonly smtpsPort: number;
  /** HTTP_PORT: page, API, health. */
  abstract readonly httpPort: number;
  /** BIND_ADDRESS of all ports. */
  abstract readonly bindAddress: string;
  /** DATA_DIR, as an absolute path. */
  abstract readonly dataDir: string;
  /** SMTP_NAME: the server's own name in greeting, EHLO and trace. */
  abstract readonly smtpName: string;
  /** MAX_MESSAGE_BYTES: advertised as SIZE and enforced. */
  abstract readonly maxMessageBytes: number;
  abstract readonly tlsKeyFile: string | undefined;
  abstract readonly tlsCertFile: string | undefined;
  abstract readonly bootstrapUser: string | undefined;
  abstract readonly bootstrapPassword: string | undefined;
  abstract readonly adminToken: string | undefined;
}
