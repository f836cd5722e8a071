"""Words for questions just outside the domain: countries without a listed capital,
and adjectives and nouns for which the domain has no answer."""

UNLISTED_EN = """Afghanistan|Albania|Algeria|Andorra|Angola|Armenia|Azerbaijan|the Bahamas|Bahrain|Barbados|Belarus|Belize|Benin|Bhutan|Bolivia|Bosnia and Herzegovina|Bosnia|Botswana|Brunei|Bulgaria|Burkina Faso|Burundi|Cambodia|
Cameroon|Cape Verde|the Central African Republic|Chad|the Comoros|the Congo|the Democratic Republic of the Congo|Costa Rica|Croatia|Cyprus|Djibouti|Dominica|the Dominican Republic|East Timor|Ecuador|El Salvador|Equatorial Guinea|
Eritrea|Estonia|Eswatini|Fiji|Gabon|the Gambia|Georgia|Grenada|Guatemala|Guinea|Guinea-Bissau|Guyana|Haiti|Honduras|Israel|the Ivory Coast|Jamaica|Kazakhstan|Kiribati|Kosovo|Kuwait|Kyrgyzstan|Laos|Latvia|Lebanon|Lesotho|Liberia|
Libya|Liechtenstein|Lithuania|Luxembourg|Madagascar|Malawi|the Maldives|Mali|Malta|the Marshall Islands|Mauritania|Mauritius|Micronesia|Moldova|Monaco|Montenegro|Mozambique|Myanmar|Burma|Namibia|Nauru|Nicaragua|Niger|North Korea|
North Macedonia|Macedonia|Oman|Palau|Palestine|Panama|Papua New Guinea|Paraguay|Qatar|Rwanda|Saint Lucia|Samoa|San Marino|Serbia|Seychelles|Sierra Leone|Slovakia|Slovenia|the Solomon Islands|Somalia|South Africa|South Sudan|Sri Lanka|
Sudan|Suriname|Syria|Taiwan|Tajikistan|Tanzania|Togo|Tonga|Trinidad and Tobago|Tunisia|Turkmenistan|Tuvalu|Uganda|the United Arab Emirates|Uruguay|Uzbekistan|Vanuatu|the Vatican|Venezuela|Yemen|Zambia|Zimbabwe|Greenland|Puerto Rico|
Scotland|Wales|Northern Ireland|Tibet|Bermuda|Aruba|Yugoslavia|the Soviet Union|Czechoslovakia|Prussia|the Roman Empire|the Ottoman Empire""".replace("\n", "").split("|")
UNLISTED_ZH = """阿富汗 阿尔巴尼亚 阿尔及利亚 安道尔 安哥拉 亚美尼亚 阿塞拜疆 巴哈马 巴林 巴巴多斯 白俄罗斯 伯利兹 贝宁 不丹 玻利维亚 波黑 博茨瓦纳 文莱 保加利亚 布基纳法索 布隆迪 柬埔寨 喀麦隆 佛得角 中非共和国 乍得 科摩罗 刚果 刚果民主共和国
哥斯达黎加 克罗地亚 塞浦路斯 吉布提 多米尼克 多米尼加 东帝汶 厄瓜多尔 萨尔瓦多 赤道几内亚 厄立特里亚 爱沙尼亚 斐济 加蓬 冈比亚 格鲁吉亚 格林纳达 危地马拉 几内亚 几内亚比绍 圭亚那 海地 洪都拉斯 以色列 科特迪瓦 牙买加 哈萨克斯坦 基里巴斯 科索沃 科威特
吉尔吉斯斯坦 老挝 拉脱维亚 黎巴嫩 莱索托 利比里亚 利比亚 列支敦士登 立陶宛 卢森堡 马达加斯加 马拉维 马尔代夫 马里 马耳他 毛里塔尼亚 毛里求斯 摩尔多瓦 摩纳哥 黑山 莫桑比克 缅甸 纳米比亚 瑙鲁 尼加拉瓜 尼日尔 朝鲜 北马其顿 阿曼 帕劳 巴勒斯坦 巴拿马
巴布亚新几内亚 巴拉圭 卡塔尔 卢旺达 萨摩亚 圣马力诺 塞尔维亚 塞舌尔 塞拉利昂 斯洛伐克 斯洛文尼亚 所罗门群岛 索马里 南非 南苏丹 斯里兰卡 苏丹 苏里南 叙利亚 塔吉克斯坦 坦桑尼亚 多哥 汤加 突尼斯 土库曼斯坦 图瓦卢 乌干达 阿联酋 乌拉圭 乌兹别克斯坦 瓦努阿图
梵蒂冈 委内瑞拉 也门 赞比亚 津巴布韦 格陵兰 苏格兰 威尔士 南斯拉夫 苏联 罗马帝国 奥斯曼帝国 百慕大""".split()
REGIONS_EN = """Texas|California|Bavaria|Florida|Ontario|Quebec|Catalonia|Sicily|Siberia|Hawaii|Alaska|Africa|Europe|Asia|South America|Antarctica|Queensland|Punjab|Normandy|Tuscany|Sichuan|Guangdong|Hokkaido|Utah|Ohio|Wisconsin|Nevada|
the European Union|the moon|Mars|Atlantis|Wakanda|Narnia|Mordor|Gondor|Westeros|Hogwarts|London|Paris|Chicago|Shanghai|Barcelona|Munich|Lagos|Bremen|Crete|Corsica|the universe|my country|Middle-earth|Utopia|Lilliput|Genovia""".replace("\n", "").split("|")
REGIONS_ZH = """得克萨斯 加利福尼亚 巴伐利亚 四川 广东 浙江 江苏 湖南 云南 非洲 欧洲 亚洲 南美洲 南极洲 夏威夷 西伯利亚 火星 月球 欧盟 上海 广州 瓦坎达 中土世界 亚特兰蒂斯 霍格沃茨 纳尼亚 山东 福建 北海道 西西里 魁北克 桃花源 花果山 女儿国""".split()
WHERE_EN = """in Japan|in China|in Africa|in Europe|in Asia|in South America|in North America|in Germany|in France|in Italy|in Spain|in Australia|in India|in Canada|in Russia|in Brazil|in the US|in America|in the United States|in Mexico|in England|in Scotland|
in Switzerland|in Austria|in Norway|in Turkey|in Egypt|in Chile|in Korea|in my country|in my town|near me|in the Alps|in Antarctica|in Oceania|in the EU|in Central Asia|in Southeast Asia|in the Arab world|in the southern hemisphere|of Africa|of Europe|of Asia|on Mars|
on the moon|in the universe|in the galaxy|in California|in Texas|in the UK|in Indonesia|in Sweden|in Finland|in Peru|in Kenya|in Latin America|in the Middle East|in the Himalayas|in the Andes|in Iceland|in Greece|in the Milky Way|in Ireland|in Poland""".replace("\n", "").split("|")
WHERE_ZH = """日本 中国 非洲 欧洲 亚洲 南美洲 北美洲 德国 法国 意大利 西班牙 澳大利亚 印度 加拿大 俄罗斯 巴西 美国 墨西哥 英国 瑞士 奥地利 挪威 土耳其 埃及 智利 韩国 我们国家 我家附近 阿尔卑斯山 南极 大洋洲 中亚 东南亚 南半球 火星上 月球上 宇宙中 银河系 四川 云南 西藏 新疆 中东 北欧 华东 广东 台湾 安第斯山 瑞典 泰国 越南 江苏""".split()
ADJECTIVES_EN = """smallest deepest oldest shortest coldest richest poorest lowest narrowest widest youngest hottest driest wettest fastest slowest heaviest lightest brightest darkest warmest farthest nearest closest newest
saltiest cleanest dirtiest safest happiest strongest weakest loudest tiniest thinnest shallowest steepest windiest sunniest busiest cheapest rarest ugliest prettiest greenest roundest softest hardest sharpest calmest
remotest flattest""".split() + ["least populous", "most beautiful", "most dangerous", "most expensive", "most famous", "most visited", "most polluted", "most developed", "least populated", "least visited", "most active", "most remote",
                                "most popular", "most powerful", "most densely populated", "least known", "most southern", "northernmost", "southernmost", "easternmost", "most modern", "most important", "most crowded", "most mountainous"]
NOUNS_EN = """volcano waterfall building bridge city continent animal tree canyon forest cave tower tunnel airport port bay gulf glacier peninsula valley dam road railway stadium church temple museum university library village
town province star galaxy moon comet asteroid whale bird fish insect dinosaur snake dog flower plant fruit company bank ship plane train car castle palace pyramid statue park garden wall canal reef beach cliff hill
hotel restaurant school hospital market mall zoo army economy language religion book film song word number elephant spider cathedral skyscraper sea strait swamp rainforest geyser telescope festival""".split() + [
    "mountain range", "coral reef", "national park", "dwarf planet", "roller coaster", "train station", "shopping mall", "salt flat", "river delta", "cruise ship", "football stadium", "black hole", "ocean trench", "capital city"]
MEASURES_EN = """GDP|economy|coastline|number of lakes|military power|forest area|wealth|volume|depth|age|number of islands|temperature|number of languages|exports|income|happiness|water volume|biodiversity|tourism|oil production|length of coastline|number of tourists|life expectancy|
density|mass|number of moons|rainfall|distance from the sun|number of cities|number of borders|traffic|salinity|beauty""".replace("\n", "").split("|")
KNOWN_NOUNS_EN = ["mountain", "river", "ocean", "desert", "lake", "island", "planet", "country", "peak", "nation"]
SUPERLATIVES_EN = ["largest", "biggest", "highest", "longest", "tallest", "most populous", "greatest"]
ADJECTIVES_ZH = "小 深 古老 短 冷 富有 穷 低 窄 宽 年轻 热 干燥 湿润 快 慢 重 轻 亮 暗 远 近 新 咸 干净 脏 安全 幸福 强 弱 美丽 危险 贵 有名 污染严重 发达 浅 陡 偏远 平 受欢迎 拥挤 便宜 漂亮 老 矮 神秘 暖和 清澈 繁华 吵 甜 硬".split()
NOUNS_ZH = """火山 瀑布 建筑 桥 城市 大洲 动物 树 峡谷 森林 洞穴 塔 隧道 机场 港口 海湾 冰川 半岛 山谷 大坝 公路 铁路 体育场 教堂 寺庙 博物馆 大学 图书馆 村庄 小镇 省份 恒星 星系 卫星 彗星 鲸鱼 鸟 鱼 昆虫 恐龙 蛇 狗 花 植物 水果 公司 银行 船 飞机 火车
汽车 城堡 宫殿 金字塔 雕像 公园 花园 城墙 运河 珊瑚礁 海滩 悬崖 酒店 餐厅 学校 医院 商场 动物园 军队 语言 书 电影 大象 蜘蛛 摩天大楼 海峡 湿地 草原 盆地 高原 平原 山脉 广场 水库 矮行星 黑洞 海沟 三角洲 群岛 瓷器 楼""".split()
KNOWN_NOUNS_ZH = ["山", "河", "海洋", "沙漠", "湖", "岛", "行星", "国家", "河流", "湖泊", "岛屿", "山峰"]
SUPERLATIVES_ZH = ["大", "高", "长"]
RELATIVES_EN = "sister brother mother father wife husband son daughter friend boss teacher neighbour neighbor uncle aunt cousin grandmother grandfather girlfriend boyfriend doctor colleague mom dad roommate best-friend partner baby nephew niece grandma classmate dentist".split()
RELATIVES_ZH = "姐姐 妹妹 哥哥 弟弟 妈妈 爸爸 妻子 丈夫 儿子 女儿 朋友 老板 老师 邻居 叔叔 阿姨 奶奶 爷爷 女朋友 男朋友 医生 同事 室友 外婆 同学 老婆 老公 表哥 舅舅 孩子 侄子".split()
ATTRIBUTES_EN = """age|birthday|job|phone number|address|school|hobby|favourite book|favorite movie|favourite song|favorite sport|favourite number|favourite season|surname|last name|height|weight|password|email address|eye colour|shoe size|zodiac sign|
star sign|blood type|salary|nationality|favorite animal|favourite drink|favorite band|favorite game|car|house|profession|native language|middle name|date of birth|hair colour|favourite city|favorite country|favorite subject|favourite singer|lucky number|
favorite day|bank account|street|postcode|favourite flower|favorite team|dream|favorite teacher|favorite holiday|mother tongue|religion|plan for tomorrow|favorite fruit drink|nickname at school|university|company""".replace("\n", "").split("|")
ATTRIBUTES_ZH = """年龄 生日 工作 电话号码 地址 学校 爱好 最喜欢的书 最喜欢的电影 最喜欢的歌 最喜欢的运动 最喜欢的数字 最喜欢的季节 身高 体重 密码 邮箱 星座 血型 工资 国籍 最喜欢的动物 最喜欢的饮料 最喜欢的游戏 车 职业 母语 出生日期 最喜欢的明星 幸运数字 银行卡号 专业
属相 最喜欢的花 最喜欢的球队 梦想 微信号 大学 公司 鞋码 最喜欢的国家 最喜欢的歌手 民族 学历 最喜欢的节日 姓 最喜欢的老师 门牌号""".split()
