"""python-telegram-bot 13.15 as a witness of the simulator.

Reads a deed per line ({"id", "at", "do", "how"}), does it as that library would have it done, and prints what the library
made of the answer ({"id", "told"}) or the exception it raised ({"id", "said"}). "at" is the number of a connection.
"""

import base64
import json
import logging
import socket
import sys
import threading
import warnings
from datetime import datetime, timezone

warnings.simplefilter('ignore')

from telegram import (  # noqa: E402
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaAnimation,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
    MessageEntity,
    User,
)
from telegram.error import ChatMigrated, RetryAfter, TelegramError  # noqa: E402
from telegram.ext import (  # noqa: E402
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    Filters,
    MessageFilter,
    MessageHandler,
    TypeHandler,
    Updater,
)
from telegram.ext.utils import webhookhandler  # noqa: E402
from telegram.files.inputfile import InputFile  # noqa: E402
from telegram.update import Update  # noqa: E402

logging.disable(logging.CRITICAL)

INPUTS = {
    'photo': InputMediaPhoto,
    'video': InputMediaVideo,
    'animation': InputMediaAnimation,
    'audio': InputMediaAudio,
    'document': InputMediaDocument,
}


def entities(how):
    given = how.get('entities')
    if given is None:
        return None
    return [
        MessageEntity(**{**one, **({'user': User(**one['user'])} if 'user' in one else {})})
        for one in given
    ]


def keyboard(how):
    if 'buttons' not in how:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(one['label'], callback_data=one.get('data'), url=one.get('url'))
                for one in row
            ]
            for row in how['buttons']
        ]
    )


def beside(how, buttons=True):
    extra = {
        'message_thread_id': how.get('thread'),
        'reply_to_message_id': how.get('replyTo'),
    }
    if how.get('alone'):
        extra['allow_sending_without_reply'] = True
    if buttons:
        extra['reply_markup'] = keyboard(how)
    return extra


def caption(how):
    return {
        'caption': how.get('text'),
        'parse_mode': how.get('mode'),
        'caption_entities': entities(how),
    }


def given(upload):
    if 'known' in upload:
        return upload['known']
    return base64.b64decode(upload['bytes'])


def member(how):
    kind, upload = how['kind'], how['file']
    extra = caption(how)
    if 'cover' in how:
        extra['thumb'] = given(how['cover'])
    if 'name' in upload:
        extra['filename'] = upload['name']
    return INPUTS[kind](given(upload), **extra)


class Connection:
    """One bot at one simulator."""

    def __init__(self, root, token):
        self.root, self.token = root, token
        self.bot = Bot(token, base_url=f'{root}/bot', base_file_url=f'{root}/file/bot')
        self.all = []
        self.updater = None

    def me(self, how):
        return self.bot.get_me()

    def text(self, how):
        return self.bot.send_message(
            how['chat'],
            how.get('text', ''),
            parse_mode=how.get('mode'),
            entities=entities(how),
            **beside(how),
        )

    def file(self, how):
        kind, upload = how['kind'], how['file']
        extra = beside(how)
        if kind not in ('video_note', 'sticker'):
            extra.update(caption(how))
        if 'cover' in how:
            extra['thumb'] = given(how['cover'])
        content = given(upload)
        if kind == 'sticker':
            # The only kind whose name the library does not take beside the bytes.
            if 'name' in upload:
                content = InputFile(_named(content, upload['name']))
        elif 'name' in upload:
            extra['filename'] = upload['name']
        return getattr(self.bot, f'send_{kind}')(how['chat'], content, **extra)

    def album(self, how):
        return self.bot.send_media_group(
            how['chat'], [member(one) for one in how['members']], **beside(how, buttons=False)
        )

    def spot(self, how):
        at = (how['chat'], how['latitude'], how['longitude'])
        if 'title' in how:
            return self.bot.send_venue(*at, how['title'], how.get('address', ''), **beside(how))
        return self.bot.send_location(*at, **beside(how))

    def contact(self, how):
        return self.bot.send_contact(how['chat'], how['phone'], how['name'], **beside(how))

    def poll(self, how):
        return self.bot.send_poll(how['chat'], how['question'], how['options'], **beside(how))

    def dice(self, how):
        return self.bot.send_dice(how['chat'], **beside(how))

    def typing(self, how):
        return self.bot.send_chat_action(how['chat'], 'typing')

    def editText(self, how):
        return self.bot.edit_message_text(
            how['text'],
            how['chat'],
            how['message'],
            parse_mode=how.get('mode'),
            entities=entities(how),
            reply_markup=keyboard(how),
        )

    def editCaption(self, how):
        return self.bot.edit_message_caption(how['chat'], how['message'], **caption(how))

    def editFile(self, how):
        return self.bot.edit_message_media(how['chat'], how['message'], media=member(how))

    def editButtons(self, how):
        return self.bot.edit_message_reply_markup(
            how['chat'], how['message'], reply_markup=keyboard(how)
        )

    def remove(self, how):
        return self.bot.delete_message(how['chat'], how['message'])

    def removeAll(self, how):
        # Bot API 7.0, which the library does not know.
        data = {'chat_id': how['chat'], 'message_ids': how['messages']}
        return self.bot._post('deleteMessages', data)

    def forward(self, how):
        return self.bot.forward_message(how['chat'], how['from'], how['message'])

    def copy(self, how):
        return self.bot.copy_message(how['chat'], how['from'], how['message'])

    def pin(self, how):
        return self.bot.pin_chat_message(how['chat'], how['message'])

    def react(self, how):
        # Bot API 7.0 as well.
        reaction = [{'type': 'emoji', 'emoji': how['emoji']}]
        data = {'chat_id': how['chat'], 'message_id': how['message'], 'reaction': reaction}
        return self.bot._post('setMessageReaction', data)

    def answer(self, how):
        return self.bot.answer_callback_query(how['query'], how['text'])

    def createTopic(self, how):
        return self.bot.create_forum_topic(how['chat'], how['name'])

    def renameTopic(self, how):
        # The library has the icon mandatory, as it was in Bot API 6.3.
        data = {'chat_id': how['chat'], 'message_thread_id': how['thread'], 'name': how['name']}
        return self.bot._post('editForumTopic', data)

    def closeTopic(self, how):
        return self.bot.close_forum_topic(how['chat'], how['thread'])

    def reopenTopic(self, how):
        return self.bot.reopen_forum_topic(how['chat'], how['thread'])

    def deleteTopic(self, how):
        return self.bot.delete_forum_topic(how['chat'], how['thread'])

    def setMenu(self, how):
        commands = [BotCommand(one['command'], one['description']) for one in how['commands']]
        return self.bot.set_my_commands(commands, language_code=how.get('language'))

    def menu(self, how):
        return self.bot.get_my_commands(language_code=how.get('language'))

    def chat(self, how):
        return self.bot.get_chat(how['chat'])

    def member(self, how):
        return self.bot.get_chat_member(how['chat'], how['user'])

    def admins(self, how):
        return self.bot.get_chat_administrators(how['chat'])

    def download(self, how):
        found = self.bot.get_file(how['file']).download_as_bytearray()
        return base64.b64encode(found).decode()

    def updates(self, how):
        return self.bot.get_updates(
            how.get('offset'),
            how.get('limit', 100),
            how.get('timeout', 0),
            allowed_updates=how.get('allowed'),
        )

    def setHook(self, how):
        return self.bot.set_webhook(
            how['url'], secret_token=how.get('secret'), drop_pending_updates=how.get('drop')
        )

    def dropHook(self, how):
        return self.bot.delete_webhook(drop_pending_updates=how.get('drop'))

    def hook(self, how):
        return self.bot.get_webhook_info()

    def raw(self, how):
        return self.bot._post(how['method'], how['params'])

    def polls(self, how):
        self._route()
        # It is waited for in the end.
        self.updater.start_polling(timeout=1, allowed_updates=ALLOWED)
        return True

    def listens(self, how):
        self._route()
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = free.getsockname()[1]
        Secret.wanted = how['secret']
        url = f'http://127.0.0.1:{port}/hook'
        self.updater.start_webhook('127.0.0.1', port, 'hook', webhook_url=url)
        return url

    def heard(self, how):
        return list(self.all)

    def stops(self, how):
        if self.updater:
            # It waits for the end of a question that is held open, which is nothing to wait for here.
            threading.Thread(target=self.updater.stop, daemon=True).start()
        return True

    def _route(self):
        self.updater = Updater(bot=self.bot, workers=1)
        add = self.updater.dispatcher.add_handler
        fresh = Filters.update.message

        def to(kind):
            return lambda update, at: self.all.append({'kind': kind, **common(update, at)})

        add(CommandHandler(['start', 'help'], to('command'), fresh))
        for kind, wanted in FILTERS.items():
            add(MessageHandler(wanted & fresh, to(kind)))
        add(MessageHandler(Filters.update.edited_message, to('edited_message')))
        add(CallbackQueryHandler(to('callback_query')))
        add(ChatMemberHandler(to('my_chat_member'), ChatMemberHandler.MY_CHAT_MEMBER))
        add(TypeHandler(Update, to('other')))


ALLOWED = ['message', 'edited_message', 'callback_query', 'my_chat_member', 'message_reaction']

STATUS = Filters.status_update


class Field(MessageFilter):
    def __init__(self, name):
        self.field = name

    def filter(self, message):
        return bool(getattr(message, self.field))


FILTERS = {
    'text': Filters.text,
    'photo': Filters.photo,
    'animation': Filters.animation,
    'video': Filters.video,
    'voice': Filters.voice,
    'audio': Filters.audio,
    'document': Filters.document,
    'video_note': Filters.video_note,
    'sticker': Filters.sticker,
    'venue': Filters.venue,
    'location': Filters.location,
    'contact': Filters.contact,
    'poll': Filters.poll,
    'dice': Filters.dice,
    'new_chat_members': STATUS.new_chat_members,
    'left_chat_member': STATUS.left_chat_member,
    'migrate_to_chat_id': STATUS.migrate & Field('migrate_to_chat_id'),
    'migrate_from_chat_id': STATUS.migrate & Field('migrate_from_chat_id'),
    'pinned_message': STATUS.pinned_message,
    'forum_topic_created': STATUS.forum_topic_created,
}


def common(update, at):
    message, press = update.effective_message, update.callback_query
    told = {'update': update.update_id}
    if update.effective_chat:
        told['chat'] = update.effective_chat.id
    if update.effective_user:
        told['from'] = update.effective_user.id
    if press:
        told['text'] = press.data
    elif message:
        if message.message_thread_id:
            told['thread'] = message.message_thread_id
        if message.text or message.caption:
            told['text'] = message.text or message.caption
        told['marks'] = marks(message)
        found = message.effective_attachment
        if isinstance(found, list) and found:
            found = found[-1]
        if hasattr(found, 'file_id'):
            told['file'] = found.file_id
    if at.args is not None:
        told['payload'] = ' '.join(at.args)
    return told


def marks(message):
    cut = {**message.parse_entities(), **message.parse_caption_entities()}
    return [[entity.type, text] for entity, text in cut.items()]


class Secret(webhookhandler.WebhookHandler):
    """The library has no eye for the secret: this is what its users add."""

    wanted = None

    def _validate_post(self):
        super()._validate_post()
        if self.request.headers.get('X-Telegram-Bot-Api-Secret-Token') != self.wanted:
            raise webhookhandler.tornado.web.HTTPError(403)


webhookhandler.WebhookHandler = Secret


def _named(content, name):
    from io import BytesIO

    made = BytesIO(content)
    made.name = name
    return made


def plain(value):
    """What the library parsed, as JSON; with the texts that it cuts out by entities."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return int(value.replace(tzinfo=value.tzinfo or timezone.utc).timestamp())
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if not hasattr(value, 'to_dict'):
        return value
    told = plain(value.to_dict())
    if isinstance(value, Message):
        told['marks'] = marks(value)
    return told


def said(error):
    told = {'class': type(error).__name__}
    if isinstance(error, RetryAfter):
        told['retryAfter'] = error.retry_after
    elif isinstance(error, ChatMigrated):
        told['movedTo'] = error.new_chat_id
    elif type(error).__name__ != 'NetworkError':
        told['message'] = error.message
    return told


def main():
    connections = {}
    for line in sys.stdin:
        deed = json.loads(line)
        at, how = deed['at'], deed.get('how') or {}
        answer = {'id': deed['id']}
        try:
            if deed['do'] == 'connect':
                connections[at] = Connection(how['apiRoot'], how['token'])
                answer['told'] = True
            else:
                answer['told'] = plain(getattr(connections[at], deed['do'])(how))
        except TelegramError as error:
            answer['said'] = said(error)
        except Exception as error:  # What the library could not make sense of.
            answer['broke'] = f'{type(error).__name__}: {error}'
        print(json.dumps(answer), flush=True)
    for one in connections.values():
        one.stops({})


main()
