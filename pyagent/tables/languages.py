"""The letters of languages, commonest first, and the old encodings in which people write them.

``likelihood`` weighs encodings with it. The orders are those of ordinary running text.
"""

# ruff: noqa: RUF001 - the letters of many languages are data here.
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Language:
    """The letters beyond ASCII, commonest first, and their share of all letters."""

    letters: str
    share: float
    plain: str = ""
    """The letters of ASCII, commonest first, if the language uses them."""


_LATIN = {
    "German": ("üäößé", 0.03, "enisratdhulcgmobwfkzpvjyxq"),
    "French": ("éèàêçâîôûùëïœÿæ", 0.05, "esaitnrulodcmpvqfbghjxyzkw"),
    "Spanish": ("óíáñéúüªº", 0.03, "eaosrnidlctumpbgvyqhfzjxkw"),
    "Portuguese": ("ãçáéíóêõâúàôüªº", 0.05, "aeosrinmdutclpvgqbfhzjxkyw"),
    "Italian": ("àèòùìéîº", 0.02, "eaionlrtscdupmvghfbqzxjykw"),
    "Swedish": ("äåöéü", 0.06, "eanrtsildomkgvfhupbcyjxwzq"),
    "Danish": ("øåæéöäòô", 0.05, "enrtdisalogmkfvubhpycjwzxq"),
    "Finnish": ("äöåšž", 0.06, "aintesloukmvrhjpydgbfcwxzq"),
    "Icelandic": ("áíðéóöúþýæ", 0.12, "anriestulgmkfhvobjdpyxcwzq"),
    "Dutch": ("ëéïöèüá", 0.005, "enatirodslghvkmubpwjzcfxyq"),
    "Catalan": ("àéóíèòçúïü·", 0.05, "eaisrnltoudcmpvgbqfxhjyzkw"),
}
_CENTRAL = {
    "Polish": ("łąęóżśćńź", 0.08, "iaeoznrwsctykdpmuljgbhfxvq"),
    "Czech": ("íáěéřůčžýšúňťďó", 0.15, "oentalsivdrkpmuczhjybgfxwq"),
    "Slovak": ("áíčéýžšľťúôňďóäĺŕ", 0.12, "oaneisrvtlkdmcpuhjbzygfxwq"),
    "Hungarian": ("áéőöóíüúű", 0.13, "etalnskizrmgobdvhyjpufcxwq"),
    "Romanian": ("ăşţîâșț", 0.07, "eiatrnuclosdpmvfbghzjxkyw"),
    "Croatian": ("čšžćđ", 0.05, "aioenrjtsukvdmlpgzbchfxywq"),
    "German": _LATIN["German"],
}
_CYRILLIC = {
    "Russian": ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", 0.8, ""),
    "Ukrainian": ("оаинвітерслкмдупязьбгчйхжїшюцщєфґ", 0.8, ""),
    "Bulgarian": ("аоиентрсвлкдпмзгъбяуцчйщжхшфюь", 0.8, ""),
    "Serbian": ("аоиенртсвјукдлпмзгчбшжћцхњђљфџ", 0.8, ""),
    "Belarusian": ("аінеослктрвыдупяцьзмгчбйшжэўхюёф", 0.8, ""),
}
_TURKISH = {
    "Turkish": ("ıüşçğöİâîû", 0.13, "aenirlkdmutsyobzghcvpfjwxq"),
    "Azerbaijani": ("ıüşçğöİ", 0.1, "anilrdeymtsbukoqvzhxcgpfjw"),
}
_BALTIC = {
    "Lithuanian": ("ėšįųžąūčę", 0.09, "iaseotrnukmlpvdjgbyczfhxwq"),
    "Latvian": ("āīēšūņļžģķčōŗ", 0.1, "aiseturnkomlpdvjzbgcfhxywq"),
    "Estonian": ("äõüöšž", 0.06, "aeistluknrdmogvhpjbfcxzywq"),
}
_GREEK = {"Greek": ("αοιετνσηρπκμλςυωάίόύέήώδγθχφβξζψϊϋΐΰ", 0.8, "")}
_HEBREW = {"Hebrew": ("יוהלארתשמבנםדעקפחסטגצכזןךףץ", 0.8, "")}
_ARABIC = {
    "Arabic": ("اليمونترهبةسدعفكقحجأطصشىخضزذثغئءإآؤظ", 0.8, ""),
    "Persian": ("اينردهمتوبشسکكلگزفخقعجپآحچطصغئضظذثژءؤ", 0.8, ""),
}
_THAI = {
    "Thai": (
        "านรก่อเงม้ยลวดีทัสตปิบคห์ะแจุชพขใไ็ืำูโึถผธศณซฉฟภษญฐฝฮฎฆฬฏฑฌ๊๋ๆฯ",
        0.8,
        "",
    )
}
_Letters = dict[str, tuple[str, float, str]]
_ENCODINGS: dict[str, tuple[float, _Letters]] = {
    # A prior for each: what Windows, then Unix, then DOS and the old Macintosh wrote.
    "cp1252": (1.0, _LATIN),
    "cp1250": (0.0, _CENTRAL),
    "cp1251": (0.0, _CYRILLIC),
    "cp1253": (0.0, _GREEK),
    "cp1254": (-0.5, _TURKISH),
    "cp1255": (0.0, _HEBREW),
    "cp1256": (0.0, _ARABIC),
    "cp1257": (-0.5, _BALTIC),
    "cp874": (0.0, _THAI),
    "iso8859_15": (-1.5, _LATIN),
    "iso8859_2": (-1.5, _CENTRAL),
    "iso8859_5": (-2.0, _CYRILLIC),
    "iso8859_6": (-1.0, _ARABIC),
    "iso8859_7": (-1.0, _GREEK),
    "iso8859_8": (-1.0, _HEBREW),
    "iso8859_9": (-2.0, _TURKISH),
    "iso8859_13": (-2.0, _BALTIC),
    "koi8_r": (-0.5, {key: _CYRILLIC[key] for key in ("Russian", "Bulgarian")}),
    "koi8_u": (-1.0, {"Ukrainian": _CYRILLIC["Ukrainian"]}),
    "cp850": (-2.0, _LATIN),
    "cp858": (-2.5, _LATIN),
    "cp437": (-3.5, _LATIN),
    "cp852": (-2.0, _CENTRAL),
    "cp866": (-1.0, {key: _CYRILLIC[key] for key in ("Russian", "Bulgarian", "Belarusian")}),
    "cp1125": (-1.5, {"Ukrainian": _CYRILLIC["Ukrainian"]}),
    "cp737": (-1.5, _GREEK),
    "cp857": (-2.5, _TURKISH),
    "cp775": (-3.0, _BALTIC),
    "cp862": (-2.0, _HEBREW),
    "mac_roman": (-2.0, _LATIN),
    "mac_latin2": (-3.5, _CENTRAL),
    "mac_cyrillic": (-2.5, _CYRILLIC),
    "mac_greek": (-3.0, _GREEK),
    "mac_turkish": (-3.5, _TURKISH),
}
PRIORS = {name: prior for name, (prior, _) in _ENCODINGS.items()}
"""Encoding → logarithm of how likely it is before the text is seen. Likelier ones come first."""

LANGUAGES = {
    name: [
        Language(letters=letters, share=share, plain=plain)
        for letters, share, plain in languages.values()
    ]
    for name, (_, languages) in _ENCODINGS.items()
}
"""Encoding → the languages that are written in it."""

SIGNS = "€£–—‘’“”„…•°§©®™«»¿¡ºª²³½µ±×·\xa0‰№‚‹›"
"""Signs that texts of any language hold."""

CJK_SIGNS = "、。，．・：；？！「」『』（）〈〉《》【】～－＋￥％　０１２３４５６７８９〜ー々"
"""Signs that Chinese, Japanese and Korean texts hold."""

COMMON_CHINESE = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政"
    "美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员"
    "解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件"
    "计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象"
    "完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔价元单客"
    "户地址姓名城市金额数量价格产品订单电话省县街号店货款欠付收税费李刘陈杨黄赵周吴徐孙胡朱林何郭罗梁宋郑"
    "谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范石伟芳娜敏静丽强磊军洋勇"
    "艳杰涛明超秀霞平刚桂英上海北京广州深圳杭州成都武汉南京重庆天津苹果香蕉牛奶咖啡茶米鱼肉菜"
)
COMMON_TAIWANESE = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡"
    "用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實"
    "日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政"
    "美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員"
    "解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件"
    "計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象"
    "完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運筆價元單客"
    "戶地址姓名城市金額數量價格產品訂單電話省縣街號店貨款欠付收稅費李劉陳楊黃趙周吳徐孫胡朱林何郭羅梁宋鄭"
    "謝韓唐馮董蕭曹袁鄧傅沈曾彭呂蘇盧蔣蔡丁魏薛葉余潘杜戴夏鍾汪田任姜范石志明美玲淑芬家豪雅婷怡君台北高雄"
    "台中台南新竹桃園基隆花蓮蘋果香蕉牛奶咖啡茶米魚肉菜"
)
COMMON_JAPANESE = (
    "日一国会人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書"
    "先名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨会同事自社発者地業方新場員立開手力問代"
    "明動京目通言理体田主題意不作用度強公持野以思家世多正安院心界教文元重近考画海売知道集別物使品計死特私"
    "始朝運終台広住真有口少町料工建空急止送切転研足究楽起着店病質待試族銀早映親験英医仕去味写字答夜音注帰"
    "古歌買悪図週室歩風紙黒花春赤青館屋色走秋夏習駅洋旅服夕借曜飲肉貸堂鳥飯勉冬昼茶弟牛魚兄犬妹姉漢都道府"
    "県市区町村商店数量価格顧客住所残高値名前姓注文請求書番号電話便利田中鈴木佐藤高橋伊藤渡辺山本中村小林加"
    "藤吉井松清斎森池橋石前岡阿部太郎次花美健一直樹香奈京都大阪神戸福岡名古屋札幌横浜仙台広島遅安降全予定表示"
)
COMMON_KOREAN = (
    "이다는을가에의고하은를한지로기도서사시자리아인나대어있것일그정수해게보라들만과부소전제주상조여장면구성경"
    "우스원공문신국선중동무관비와음연적안생화오미용실물개계모마요학세결회진반분금방할두입산재위드유내적되속"
    "명행습니까않없었했던터트니년월일차교체역민현심여단당발말길달설김박최강윤임한오송류홍전권황안백양손배남"
    "철영희준민수진지훈현우혜은경미서울부산대구인천광주대전울산제주경기강원충청전라상시군읍면동로길번제품수"
    "량가격이름도시금액고객주소잔액매출합계총커피우유사과천백십만억개명원싸비높낮작많적없음조금내외오늘내일"
    "전국비올것같감합드려늦습기차분주문해셔노트북"
)
