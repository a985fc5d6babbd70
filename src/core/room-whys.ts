import type { RoomWhy } from './room-notice.ts'
import type { Both } from './words.ts'

/** Why a command about rooms, or who is in them, cannot be done as it was said. */
export const roomWhys: Readonly<Record<RoomWhy, Both>> = {
  noChatHere: {
    zh: '没有这个编号的聊天。请先在这里输入 !wx chats，再用列表里的编号。',
    en: 'There is no chat with this number. Say !wx chats here first, and take a number of its list.',
  },
  noPlaces: {
    zh: '在这里，每个聊天的房间都是自动建立的，不用连接。',
    en: 'Here each chat gets its room by itself; there is nothing to link.',
  },
  noUsers: {
    zh: '在这里，谁能用这个桥写在配置里。',
    en: 'Who may use the bridge here is in its configuration.',
  },
  notYours: {
    zh: '这个命令只有桥的主人能用，或者要在聊天的房间里用。',
    en: 'This command is for the owner of the bridge, or for the room of a chat.',
  },
  noUser: {
    zh: '没有这个编号的用户，或者那是主人。输入 !wx users 查看。',
    en: 'There is no user with this number, or it is the owner. Say !wx users to list them.',
  },
  noAnswer: {
    zh: '请回复那条没有发出的消息，或者写上编号。输入 !wx dead 查看。',
    en: 'Say this as a reply to the message that was not sent, or with its number. Say !wx dead to list them.',
  },
  notTaken: {
    zh: '没有撤回：请回复你自己发的那条消息。',
    en: 'Was not recalled: say this as a reply to the message of your own that you want to take back.',
  },
  onlyHome: {
    zh: '请在桥自己的房间里写：这里别人也看得到。',
    en: 'Say this in the room of the bridge itself: others may read along here.',
  },
  noTopics: {
    zh: '这里没有话题：每个聊天有自己的房间。想放到你自己的一个房间，请把机器人邀请进去，在那里输入 !wx link 编号；!wx unlink 取消。',
    en: 'There are no topics here: each chat has a room of its own. To show one in a room of yours, invite the bot there and say !wx link NUMBER; !wx unlink undoes it.',
  },
  noPuppet: {
    zh: '在这里，桥不能以你的身份发言。',
    en: 'The bridge cannot post as you here.',
  },
  noSuchUser: {
    zh: '没有加上：这不是这里能加的人，或者就是主人。',
    en: 'Nobody was added: this is no one who can be let in here, or it is the owner.',
  },
  otherHere: {
    zh: '这里已经是另一个聊天的地方了。请先在这里输入 !wx unlink。',
    en: 'This is the place of another chat already. Say !wx unlink here first.',
  },
}
