"""What python-telegram-bot is asked to do, done as that library would have it done."""

import base64
from io import BytesIO

from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaAnimation,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    MessageEntity,
    User,
)
from telegram.files.inputfile import InputFile

from ptb_bot import Running

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


def named(content, name):
    made = BytesIO(content)
    made.name = name
    return made


class Connection(Running):
    """One bot at one simulator."""

    def __init__(self, root, token):
        super().__init__(Bot(token, base_url=f'{root}/bot', base_file_url=f'{root}/file/bot'))

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
                content = InputFile(named(content, upload['name']))
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
