export { connectTestClient, type TestClientOptions } from './connect-test-client.js';
export { withoutPorts } from './without-ports.js';
export {
  DialogueClient,
  FailureScript,
  type ReceivedReply,
  type ScriptedFailure,
  type TestMessage,
  type TestPace,
} from 'smtp-engine/testing';
