import type { User } from '@grammyjs/types'
import { findChat } from './access.ts'
import { createFiles } from './files.ts'
import { albumMethods } from './methods/album.ts'
import { answerMethods } from './methods/answers.ts'
import { chatMethods } from './methods/chat.ts'
import { copyMethods } from './methods/copy.ts'
import { editMethods } from './methods/edit.ts'
import { fileMethods } from './methods/files.ts'
import { meMethods } from './methods/me.ts'
import { mediaMethods } from './methods/media.ts'
import { removeMethods } from './methods/remove.ts'
import { textMethods } from './methods/text.ts'
import { thingMethods } from './methods/things.ts'
import { topicMethods } from './methods/topics.ts'
import type { State } from './model.ts'
import { createUser } from './people.ts'
import type { World, WorldPorts } from './seam.ts'

/** Telegram behind the Bot API: see `World`. */
export function createWorld(ports: WorldPorts): World {
  let count = 0
  const { id, username, name } = ports.bot
  const bot: User = { id, is_bot: true, first_name: name, username }
  const state: State = {
    ports,
    bot,
    chats: new Map(),
    people: new Map(),
    files: createFiles(ports),
    queries: new Map(),
    commands: new Map(),
    texts: new Map(),
    privateTopics: ports.options.privateTopics ?? true,
    next: () => ++count,
  }
  return {
    methods: {
      ...meMethods(state),
      ...textMethods(state),
      ...mediaMethods(state),
      ...topicMethods(state),
      ...fileMethods(state),
      ...albumMethods(state),
      ...thingMethods(state),
      ...editMethods(state),
      ...removeMethods(state),
      ...copyMethods(state),
      ...chatMethods(state),
      ...answerMethods(state),
    },
    file: (path) => state.files.at(path),
    chat(text) {
      const found = findChat(state, text)
      return found && { id: String(found.id), group: found.type !== 'private' }
    },
    user: (called, how) => createUser(state, called, how),
    setPrivateTopics(on) {
      state.privateTopics = on
    },
  }
}
