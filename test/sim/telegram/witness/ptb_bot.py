"""python-telegram-bot's own way of taking updates, sorted by its filters."""

import socket
import threading

from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    Filters,
    MessageFilter,
    MessageHandler,
    TypeHandler,
    Updater,
)
from telegram.ext.utils import webhookhandler
from telegram.update import Update


class Running:
    """What a connection hears once it polls or listens."""

    def __init__(self, bot):
        self.bot = bot
        self.all = []
        self.updater = None

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
