import { ANY_PHASE, type Extension, Reply } from 'smtp-engine';

const unknownTenant = new Reply(550, '5.7.1', 'There is no such tenant');

/** An extension of our own: `MAIL FROM:<a@b> XTENANT=acme` says for whom a message is, `XTENANTS` lists who there is. */
export function tenants(names: readonly string[]): Extension {
  return {
    keyword: 'XTENANT',
    offer: (session) => session.isAuthenticated && names.join(' '),
    commands: [
      {
        verb: 'XTENANTS',
        syntax: 'XTENANTS',
        phases: ANY_PHASE,
        requiresLogin: true,
        run: () => new Reply(250, '2.0.0', ...names),
      },
    ],
    mailParameters: {
      XTENANT(value, draft) {
        if (value === true || !names.includes(value)) return unknownTenant;
        draft.custom = { ...draft.custom, tenant: value };
        return undefined;
      },
    },
  };
}
