import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { smtpMicroservice } from 'nestjs-smtp';
import { AppModule } from './app.module.js';

export const app = await NestFactory.createMicroservice(AppModule, smtpMicroservice());
app.enableShutdownHooks(); // SIGTERM: what has begun may finish
await app.listen();
