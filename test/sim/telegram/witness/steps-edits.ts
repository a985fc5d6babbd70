import { expect } from 'vitest'
import { base64, png, samples, upload } from './samples.ts'
import { marksOf, type Step } from './scene.ts'

const notModified =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message'

/** Changing and taking away (real-parts §4 point 4). */
export const editSteps: readonly Step[] = [
  {
    says: 'edits its text, but not into the same',
    async run(at) {
      const { chat, client, clock } = at
      const { message_id: message } = await client.text({ chat, text: 'one' })
      clock.at += 5000
      const told = await client.editText({ chat, message, text: '<b>two</b>', mode: 'HTML' })
      expect(at.agreed(told)).toMatchObject({ text: 'two', edit_date: clock.at / 1000 })
      expect(told.date).toBe(clock.at / 1000 - 5)
      expect(marksOf(told)).toEqual([['bold', 'two']])
      const same = client.editText({ chat, message, text: '*two*', mode: 'Markdown' })
      await at.bad(same, notModified)
      at.agreed(await client.editText({ chat, message, text: 'two' }))
    },
  },
  {
    says: 'cannot edit what is gone, what is not its own, or what has no text',
    async run(at) {
      const { ann, chat, client } = at
      const edit = (message: number) => client.editText({ chat, message, text: 'x' })
      await at.bad(edit(999), 'message to edit not found')
      const { message_id: hers } = await ann.says(chat, 'one')
      await at.bad(edit(hers), "message can't be edited")
      const photo = await client.file({ chat, kind: 'photo', file: upload(samples.photo) })
      await at.bad(edit(photo.message_id), 'there is no text in the message to edit')
      const said = await client.text({ chat, text: 'one' })
      const caption = client.editCaption({ chat, message: said.message_id, text: 'x' })
      await at.bad(caption, 'there is no caption in the message to edit')
    },
  },
  {
    says: 'edits a caption and the file above it',
    async run(at) {
      const { chat, client } = at
      const photo = { chat, kind: 'photo', file: upload(samples.photo), text: 'one' } as const
      const { message_id: message } = await client.file(photo)
      const words = { text: '<i>two</i>', mode: 'HTML' } as const
      const captioned = await client.editCaption({ chat, message, ...words })
      expect(at.agreed(captioned)).toMatchObject({ caption: 'two' })
      expect(marksOf(captioned)).toEqual([['italic', 'two']])
      const other = png(77, 70)
      const file = upload({ bytes: other, name: 'q.png' })
      const edited = await client.editFile({ chat, message, kind: 'photo', file, text: 'three' })
      expect(at.agreed(edited)).toMatchObject({ caption: 'three' })
      expect(base64(at.ann.bytesOf(edited))).toBe(base64(other))
      expect(edited.photo?.at(-1)).toMatchObject({ width: 77, height: 70 })
      const known = { known: at.sim.calls.length ? (captioned.photo?.at(-1)?.file_id ?? '') : '' }
      const back = await client.editFile({ chat, message, kind: 'photo', file: known })
      expect(at.agreed(back)).not.toHaveProperty('caption')
      expect(base64(at.ann.bytesOf(back))).toBe(base64(samples.photo.bytes))
    },
  },
  {
    says: 'deletes its own, once',
    async run(at) {
      const { ann, chat, client } = at
      const { message_id: message } = await client.text({ chat, text: 'one' })
      expect(await client.remove({ chat, message })).toBe(true)
      expect(ann.sees(chat).map((one) => one.message_id)).not.toContain(message)
      await at.bad(client.remove({ chat, message }), 'message to delete not found')
      // Numbers are never given again.
      expect((await client.text({ chat, text: 'two' })).message_id).toBe(message + 1)
    },
  },
  {
    says: 'deletes many, and passes over what is gone',
    async run(at) {
      const { ann, chat, client } = at
      const messages: number[] = []
      for (const text of ['a', 'b', 'c'])
        messages.push((await client.text({ chat, text })).message_id)
      const some = messages.slice(1)
      expect(await client.removeAll({ chat, messages: [...some, 999] })).toBe(true)
      expect(ann.sees(chat).map((one) => one.text)).toEqual(['/start', 'a'])
    },
  },
  {
    says: 'cannot delete what is too old, or of others where it is no administrator',
    async run(at) {
      const { ann, chat, client, clock } = at
      const { message_id: old } = await client.text({ chat, text: 'one' })
      clock.at += 49 * 3_600_000
      await at.bad(client.remove({ chat, message: old }), "message can't be deleted for everyone")
      const group = await ann.makesGroup('G', { admin: false })
      const { message_id: hers } = await ann.says(group, 'one')
      await at.bad(client.remove({ chat: group, message: hers }), "message can't be deleted")
    },
  },
  {
    says: 'numbers the messages of each chat from one',
    async run(at) {
      const { ann, client } = at
      const group = await ann.makesGroup('G', { type: 'group', admin: false })
      const here = await client.text({ chat: at.chat, text: 'one' })
      const there = await client.text({ chat: group, text: 'one' })
      expect([here.message_id, there.message_id]).toEqual([2, 3])
      expect(here.chat).toMatchObject({ id: at.chat, type: 'private' })
      expect(there.chat).toMatchObject({ id: group, type: 'group', title: 'G' })
    },
  },
  {
    says: 'forwards and copies',
    async run(at) {
      const { ann, chat, client } = at
      const { message_id: message } = await ann.sends(chat, 'photo', samples.photo, {
        caption: 'one',
      })
      const told = await client.forward({ chat, from: chat, message })
      expect(at.agreed(told)).toMatchObject({ caption: 'one', forward_origin: { type: 'user' } })
      expect(told).toMatchObject({ forward_from: { id: ann.id }, forward_date: at.clock.at / 1000 })
      const { message_id: copied } = await client.copy({ chat, from: chat, message })
      const kept = ann.sees(chat).at(-1)
      expect(kept).toMatchObject({ message_id: copied, caption: 'one', from: { is_bot: true } })
      expect(kept).not.toHaveProperty('forward_origin')
      await at.bad(client.copy({ chat, from: chat, message: 999 }), 'message to copy not found')
    },
  },
  {
    says: 'reacts, with what Telegram has for that',
    async run(at) {
      const { ann, chat, client } = at
      const { message_id: message } = await ann.says(chat, 'one')
      expect(await client.react({ chat, message, emoji: '👍' })).toBe(true)
      await at.bad(client.react({ chat, message, emoji: 'x' }), 'REACTION_INVALID')
    },
  },
]
