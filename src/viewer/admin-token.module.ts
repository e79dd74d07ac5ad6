import { Global, Module } from '@nestjs/common';
import { ServerSecrets } from '../store/server-secrets.js';
import { AdminToken } from './admin-token.js';

/** The token of the page and the API is one of the secrets the store keeps. */
@Global()
@Module({
  providers: [
    { provide: AdminToken, useFactory: ({ adminToken }: ServerSecrets) => adminToken, inject: [ServerSecrets] },
  ],
  exports: [AdminToken],
})
export class AdminTokenModule {}
