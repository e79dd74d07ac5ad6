import { Module } from '@nestjs/common';
import { ModuleRef, ModulesContainer, NestContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { containerOf } from './nest-container.js';

// The field is not public. When this fails with a new version of Nest, there must be another way to the container.
test('a ModuleRef still knows the container of its application', async () => {
  @Module({})
  class AppModule {}
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const container = containerOf(module.get(ModuleRef));
  expect(container).toBeInstanceOf(NestContainer);
  expect(container.getModules()).toBe(module.get(ModulesContainer));
  await module.close();
});
