import { Global, Module, type OnModuleDestroy } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { ConfigModule } from '../config/config.module.js';
import { HealthModule } from '../health/health.module.js';
import { StoreModule } from '../store/store.module.js';
import { AdminTokenModule } from '../viewer/admin-token.module.js';
import { ViewerModule } from '../viewer/viewer.module.js';
import { WorkerProcesses } from './worker-processes.js';

@Global()
@Module({ providers: [WorkerProcesses], exports: [WorkerProcesses] })
class WorkersModule {}

/** Keeps mail and shows it; what receives it are the workers. */
@Module({
  imports: [ConfigModule, StoreModule, AccountsModule, AdminTokenModule, WorkersModule, ViewerModule, HealthModule],
})
export class OwnerModule implements OnModuleDestroy {
  constructor(private readonly workers: WorkerProcesses) {}

  /** The first step of a shutdown, as the drain of the listeners is in an application of one process. */
  onModuleDestroy(): Promise<void> {
    return this.workers.drain();
  }
}
