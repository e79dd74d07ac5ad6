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
  /** WORKERS: processes that take SMTP connections. 1: the one process does everything. */
  abstract readonly workers: number;
  /** MAX_CLIENTS: SMTP connections at a time, of all processes; undefined for no limit. */
  abstract readonly maxClients: number | undefined;
  /** MAX_CLIENTS_PER_ADDRESS: those of one client; undefined for no limit. */
  abstract readonly maxClientsPerAddress: number | undefined;
  /** MAX_LOGIN_FAILURES: of one client address, and of one user name, in 15 minutes. */
  abstract readonly maxLoginFailures: number;
  abstract readonly tlsKeyFile: string | undefined;
  abstract readonly tlsCertFile: string | undefined;
  abstract readonly bootstrapUser: string | undefined;
  abstract readonly bootstrapPassword: string | undefined;
  abstract readonly adminToken: string | undefined;
}
