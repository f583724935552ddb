"""Given and family names short enough to pass for a ticker: the one place where a list of names is needed.

Longer names, and any name in small letters, are refused simply because they are no word of `vocabulary`.
"""

from boundary.privacy.detect import lists

SHORT_NAMES = lists.words(
    """
abe ade ahn aki ali ama amy ana ang ann aya ben bob cai cho cox dan das emi eri eva eze fox foy gao gil goh guo hae
han ian ida ira ito ivo jae jay jed jen jim joe jon joo joy kai kay ken kia kim koh lee leo lew lia lim lin liu liz
lou luc luo mai meg mei mia moe ned nia noa noh nur obi oda ojo ong ono ota pam pat pia raj ram rao ray ren rex rik
roa rob rod ron roy rui sal sam seo soe sue tan tao tay ted teo tia tim tom udo uma una uwe vic wes xie yan yaw yin
zac zak zhu zia zoe aage aalam aamir aarav aaron abbad abbas abbes abbey abbie abbud abby abdel abdi abdou abdu
abdul abdur abebe abed abel abena abeni abid abkar abner abou aboud abram abreu abril abul acero achim acuna adah
adam adams adan adani adda adel adela adele adem aden adil adina adler adnan adolf aebi aedan aero aerts afaq afar
afif afri agata agha agne agnes agus ahdal ahmad ahmar ahmed ahmet ahrar aicha aida aidan aiden aili ailis aiman
aime aimee aina aine aino aisha ajami ajan ajay ajith ajmi akbar akif akira akmal akos akram akua akumu alain alan
alana alba alban albin alda aldis aldo alea alec aleck alejo aleks alen alena ales aleta alex alexa alexe algot alia
alice alida alim alin alina aline alis alisa alix aliya alize alla allah allal allan allen allis alma almaz almus
alois aloys alta altug alva alvar alve alves alvin alvis alwin alya amada amado amal amali aman amani amar amara
amari amaro amaya ambar amber ameen amer ameur amhaz amie amigo amin amina amine amir amira amit ammar amol amon
amor amos amqi amri anabi anahi anais anand anas anaya anbu anda andra andre andri andy anes aneta anett ange angel
angga angie angus anica anika anil anina anis anisa anita anizi anja anka anke anna anne anni annie anny anoma anouk
ansar antal ante antey antje anto anton anura anwar anya anzi aoife aoki aqil aqsa aqssa arab arafa arak aran arana
aras arce arcos arda ardis arent aria arian arias arie ariel arif arin arina aris ariza arjun arley arlo arman armar
armas armed armin arms army arnau arne arnis arno aron arora arpad arron arta artan artem artis artur arun aruri
arvid arvo arya aryan arzu asad asali asbl asela asha asher ashok asia asif asim asiri aslan asma asmar assa assad
assaf assem asta asyir atar atef atena atha atif atlas attia aude audra auer auger auma aune aung aura aurel avery
avia avila avni avon awad awadh awan aweys awni axel ayaan ayad ayadi ayala ayash aydan aydar ayden aydin ayers ayla
aylin ayman aymen aynur ayoub ayse aysel ayten ayub azad azadi azam azhar azim aziz aziza azizi azot azra azzam
babic babu baby baca bader badi badr baez baeza baha bahri baird bakar baker baki bakr bala bale bali ball balla
balu bambi bana banks banna banu baqi bara barak baran barba barco bari baric baris baron barr barra barry bart
barta barth basa basak basij basil basir bassi bates bath bauer baum bayer bayt bazzi beard beata beate beau bebe
beck becky beda bedi beeck beer beier beirn beit bela belan belen belg bell bella belle bello bena benno benny bent
benta bente bera berat berg berge bergh berit bernd bernt berry bert berta beryl besse bessi beth betsy betty bevan
bibi bilad bilal bilek billy bina birr birte bjork bjorn blaha blair blake blanc blas blick blin blom blood blum
boaz boban bobby bock bodil bodin boel bogan bojan bona bong boon boone booth borak borg boris borja bosch bosco
bose bowen boyce boyd boyer boyle bozic brad brady bram braun bravo bray breda bree brett brian brice brien brink
brit brita brito britt brock brody bros brown bruce bruen brun bruna bruno bruyn bryan bryce buck budi bueno bujar
burc burke burns burr burt bush byrd byrne byron cacho cain caleb cali calle calvo camp campo canal canan canas cano
cantu capa capua cara caren carey cargo carin carl carla carli carlo carly caro carol caron carr carra casa casas
casey cathy cato ceara cecil celia celis celso cemil cerda cerna ceron cesar cetin chad chai cham chana chand chang
chao charo chase chau chen cheng chika chin china ching chloe choe choi chol chong chou chris chul chun chung chuy
ciara cielo cindy ciro cjsc claes clair clara clare clark claus clay clive cloe club cobo cock codie cody coen cohen
cole coley colin coll colm colum conal conan conde congo conny conor conte conti cook cooke cora coral corey coric
corps corra corry cory costa cowan craig crane creed cruz csaba cuba cunha curry curt cyril cyrus daan daawa dafne
dagny dahir dahl daire dairo daisy dalal dale dalia dalla daly damir damme damon dana danae dane dang dani dania
danna danny dante dany daoud dara darcy daren dari daria darin dario darko darya daryl dasa daud daudi dave davey
david davin davis davor davy dawa dawn dawud dayna daza deak dean deane debby debra deepa deicy deisy dejan delia
delle delos demi demir dena deng denis deniz denny denys derek devan devi devin devon devos dewi dhar dhari dian
diana diane diann dias diaz dick dida diego diez dilan dilin dilki dima dimas dina dinah dine ding dino dinu dinuk
dinus diogo dion dirk divan divya dixon diya dogg dolly dona donal donat dong donna dora dorda dori doria doris dorr
dorte doug dove doyle draga drago drake drew dries duane dubai dube dubey duda dudek dudko duff duffy duke dulaj
dulce duma dumas dunia dunja dunn duong duque duran duri dusan dusek dusik dusko duval duvan dwane dyer dylan eamon
earl earle eaton ebba ebbe ebert ebony edda eddie eddy edel eden eder edgar edin edina edita edith edmon edna edson
edvin edwin efren efua egger egon egypt ehsan eilis eimer einar eino eisa ejaz ekrem elba elda eldar elder eldon
elea elena eleni elfie elgin elia elian elias elie elif elin elina eline elio eliot elis elisa elise eliza elke
elkin ella ellen eller elli ellie ellis elly elma elmar elmer elmir elmo elna elnur eloi elois elon eloy elsa elsie
elsy elton elva elvan elvia elvin elvis elvy elza emam eman emdad emely emer emil emile emils emily emin emine emir
emiro emma emmet emmi emmy emre enda endo enea enes engel engla enna ennio ennis enola enver enya enzo eoin erazo
erdog eren eric erica erich erick erik erika eriks erin erina eris erkan erla erna ernie ernst erol ervin erwin eryn
esma esra essa este ester estes ethan ethel etna etta eugen evald evan evans evert evie evita ewald ewart ewing ezio
ezra faber fabia fabio fadel fadi fadil fahad fahd fahey fahmi faith faiz falah falih falk falon fang fanny faqih
faqir farah faraj fard farda fares fari farid faris fariz faruk fatah fateh fathi fatih fatma fawaz fawzi faye fazil
fazl fazli fazul febe fedor felix femke feng ferry fico fidel fien filip film finn fiona firas fleur flink flor
flora flore floyd flynn foley food ford fran franc frank frans franz fras fred freda fredo fredy freja frere frey
freya frias frick frida fritz frode frost fuad fuchs fuel fujii fura gabi gabor gaby gael gafur gaia gail gala gale
galic galik gallo gama gaman gamez gamin gang gara garay garde garry gary garza gashi gasmi gates gavin gaye geary
geert geir gema gemma gems gena gene georg gerd gerda geri gerry gert geza ghada ghani ghazi giada gian gibbs giel
gihan gilda giles gill gilma gils gina gino gioia gion giron gita gitte glen glenn glynn gmbh goda godin godoy goff
golda gomes gomez goni gopal goran gorp gotz gough gould grady graf grand gras gray greco greef greer greg gregg
grein greta grete grey gros groth grunt grupo guido gula gulay gulus gumi gunar gunda gunn gure gust gwang gwen haag
haas habib habil habte hadi hafez hafiz hafsa hagen hahn haile haji hajj hajji hakan hakim hakon hala hale haley
halil halim hall halla hamad hamdi hamed hamel hamid hamza hana hanan hani hank hanna hanne hans hanus hara harb
harbi hardi hardy hari haris haro harri harry hart harun harzi hasan hashi hasi hasim hatem hatum hava hayan hayat
hayes hays hazel healy heath heba hedda hedi hedy heidi heidy heike heiko hein heini heino heinz helen helga helge
hella helma henao henin henk henni henny henri henry herma herta herve hess hicks hilal hilda hilde hill hills hilma
himma hind hing hirai hiram hiran hisha hoang hoare hobbs hofer hogan holly holm holst holt holub holy hong hora
horak horn horst hosea hotel howe hoyos hsiao hsien hsing hsueh huang hubel huber huda huel huet hugh hugo hulda
humam hung hunt huong hurst husak husam huthi hwan hwang hyde hyman hynek hyok hyon iain iara idris ieva ignac ignaz
igor igors ihab ihor ihsan ihya ijaz ikeda iker ilah ilias ilic ilie ilija ilja ilona ilse ilyas imad imai imam iman
imane imdad imeni imer imke imran imre inaki inaya india indra ines ineta inez inga inge inger ingo inigo inmaa inna
inoue iona iqbal iran iraq iren irena irene iresh irfan irgc irina irine iris irisl irja irma irwin iryna isaac isah
isak isam ishii isil isis isla islam isma ismai ismet isra issa issac issam isuru itzel ivan ivana ivar ivars iver
iveta ivica ivona ivor ivory iwan iyad izzat jaan jaber jabir jabr jabur jacek jack jacky jacob jade jael jafar
jafet jager jaggi jahn jaime jair jairo jaish jaka jake jakob jakub jalal jalil jama jamal jamar jamel james jami
jamia jamie jamil jamin jana janak janan jane janet janey jang jani janic janik janis janka janko jann janna janne
jano janos jans janu janus jara jared jari jarl jarno jaron jasim jasna jason jasso javad javed jawad jaxon jayan
jayda jayde jayne jaysh jean jeana jedi jeff jehad jele jelle jema jemma jena jenna jenni jenny jens jere jerez
jerry jerzy jesse jessy jesus jhan jhoan jhon jian jiang jihad jiles jill jimmy jing jiri joan joana joann joao jobe
jodi jodie jody joel joey johan john johns johny joko jolie joly jomaa jona jonah jonas jones jong joni jonna jonny
joost jordi jordy jorg jorge joris jorja jorn jose josee josef josep josh josip josko jost josua josue jovan jover
joya joyce joye jozef jozo juan juana judd jude judea judge judit judy jule jules juli julia julie julio juma jund
jung juni junia juraj juras jure jurek juri justo jutta juul kabir kaci kade kader kadri kafi kaia kaja kakar kala
kalan kale kaleb kalev kali kalim kalla kalle kamal kamau kamel kami kamil kamya kanda kane kang kania kanna kanso
kara karan kare karel karen kari karim karin karis karl karla karli karlo karma karol karyn kasak kasim kass kasun
kata kate kathe kathi kathy kati katia katie katja kato katty katy kaul kaur kavin kavya kawa kaya kaye kayla kazim
kazuo keanu keefe keely keira keith keji kelli kelly kemal kemp kenan kenji kenna kenny kent kenzo kerch keri kern
kerr kerri kerry kevin keya khair khali kham khan khanh khass khayr khloe khuri kian kiara kibe kibet kiera kings
kira kirby kirk kish kiss kitty kjell klaas klara klaus klein kling klotz knapp knox knut koang kobe kocak koch koen
kofi kohl kojo koko kolar kolka kondo kong konig kony kopa korea kori kort koski koss kotey kovac koval kozak kral
kranz kraus kris krish kriz kroll krupa kuan kuba kuban kubek kuhn kumar kumer kunda kung kunka kuno kunz kurd kurt
kurz kusa kuska kwak kwame kwang kwon kyan kyara kyla kyle kylie kyong kyra laan laban labbe labra lacey lacy lada
laden ladin lady lage lago laila laine laing lajna lala lalit lalla lalo lama lamar lamb lami lamy lana lance land
landa landy lane lang langa lange lanka lara larry lars lasa lasse lata latha latif laura laure lauri laxmi layla
layth lazar leach leah leal lean leana leano leary lebon lecoq leduc leen leena leeuw leia leidy leif leigh leila
leire leis leiva lelia lemke lena lene leni lenin lenka lenn lenny leon leona leone leons leos lerch lerma leroy
lesia lesly lesna lesny letta levi levin levis lewis leyla leyli leyva liam lian liana liane liang liao liba liban
libby libi libya lica lida lidia lidya liepa lieve ligia liisa lila lili lilia lilja lill lilla lilli lillo lilly
lily lima limon lina lind linda linde lines linh linke linn linna lino linus lipp lira lisa lise liska livia livio
liwa liza lize lloyd lobo loera loes logan loic lois loke lola loma lona loni loon loos lopes lopez lora lord lore
lori lorin loris lorna lotfi lott lotta lotte lotti louie louis lova love lovro lowe loya loyal ltda luan luana
lubna lubos luca lucas lucia lucie lucio lucky lucy lugo luigi luis luisa luise luiz luiza lujan luka lukas luke
lukic luksa lula lulah lulwa lund lung lupe lutfi lutz luzia lydia lydie lynch lynda lynn lynne lyons maas mabel
mace macek mach mack madan maddy madej mader madi mads maeda mael maes maeva maeve magan magda maggy magna maha
mahad mahal mahat mahdi maher mahi mahir mahon maia maida maier maija maik maina maira maire maite maja majd majid
maki makki mako maks mala malak malea malee malek malia malik malin malka malki malou malte mamo mamun mana manaa
manaf manal manan manco mand manda mandy mani mann manne mano manoj manon mans mansa mante manus manzi mara maras
marc marco mare marek maren mares marga margo mari maria marie marin mario maris marit marja marko marks maron marry
mars marsh mart marta marte marti marty marwa marx mary masa masar masny mason masri massa masse mata matas mate
matej mateo mati mato matos mats matt matta matti matuq matus maud maude maura mauro maury maxim maya maye mayer
mayo mayra mays maysa mayte maza mccoy mcgee mckay mckee meara meda meena mees megan mehdi mehr meier meike meir
mejia melba melli melo memon mena meng meraz mercy merel merle merry mertz mery merz mesa metin metod metta mette
metz meyer meza miah micah micha mick mijo mika mike mikel mikus mila milad milan milas milda mile miles miley milka
milla mills milly milo milos mimi mina mindy ming minh minna minta mira miral miran mirco mire mirja mirko mirna
miro miron mirta misha misr misra misty mitch mitra miya modi moen moham mohan mohd mohr moira mokom moku molly mona
moni monk monte moody moon moor moore mora moran morar mori moric morin moris mose moser moses moshe moss mota moura
moya mraz mriya mucha mufti mukul muli mumbi mumin muni munir muniz munoz murad murae murat muro murov musa musab
mutai mutia muto mutua myers myles myong myra myrna myrta nabih nabil nacer nacho nada nadal nader nadia nadim nadin
nadir nadja nadun naeem nael naft nagel nagy naib naif naik nail naim naima nair naito naja najam najib najm namal
nana nancy nanda nando nanna nanni naomh naomi naser nash nasif nasim nasir nasr nasri nasuf natan nath nava nawaf
nayef nayif nazar nazim nazir nazmi ncube neal neela neha neil neill neira nela nele nelia nelio nell nella nelli
nelly nelsy nemec nemes nenad neves nevin nevio ngidi ngiu niall niamh nick nicky nico nicol nidal nidia niels nieto
nigel nihad nihal niina nijs nika nikhi nikki niko niksa nila nilda nilmi nils nimal nina nino nirou nisa nita nives
nixon njeri noah noam noble noel noemi nolan nonis noor nora norah nori norma nouf nour noura nouri nova novak novin
novoa novy nowak nuala nubia nuevo nunes nunez nuno nura nuri nuria nuru nury nuwan nyman obaid obama obed ocean
ochoa odile ogawa oisin ojala ojeda ojsc okada okot okto olaf olah olav olavi oleg olena olga oliva olive olmos olof
olsen olson omair oman omar omari omer omgy omid omqi omran oneal ooms oona oran orban orhan orla orris orsos orta
ortiz osama osamu oscar osiel oskar osleg osman osuna otero otis ottis otto ould ouma oumar owen owens owuor oxana
ozel ozlem pablo pabon padma paek paez pages paige pala pall palla palm palma pang panga pankj paola paolo para
pardo paris park parra pars parsa parts pasan patek patel patty paul paula paule paulo pauw pavan pavel pavla pavlo
pawel payne peace pearl peder pedro peggy pekka pena peng penny pepe pera percy perea perez peric peris perla pero
perri perry peru petar pete petek peter petit petr petra petri petro pham phan phil piero pilar pina pino pinto
piotr piper pippa pires piret pius piyal pjsc plaza pohl polak polis polly polo ponce pons pooja poole pope popov
posso potts pour pouya pozo prada prado pratt press prima priya puga pugh puig putin putri putz pyong qabil qadim
qadir qaida qais qamar qani qansu qari qasem qasim qeshm qiang qing quds queen quinn quran qusay rabab rabah rabb
rabi rabia radha radi radic radin raed rael rafa rafi rafiq ragna rahat rahel rahim rahma rahul raid raina rais
raisa raja rajab rajah rajan raju rakes ralf ralph rama ramak raman ramez rami ramiz ramon ramos ramzi rana rand
randi randy ranga rania ranil raouf raoul rashi rasul rath ratna rauf raul raven ravi rawa rawi raya rayan rayen
razi recep reda reddy reece reed reem rees reese regan regis reich reid rein reina reine reino remi remo remy remzi
rena rene renee renu renzo reta reva reyes reyna reza rhoda rhona rhys riad riak rian ribic rica ricci rich rick
ricky rico rida ridge ridho riha rihs rika rikke riley rima rina rinn rino rios risa risch rishi rita ritu rivas
riya riyad riza rizki rizzo roach robb robby robin robyn roca rocco rocha roche rocio rock roda roddy roel roger
rogo rohan rohit roig rojas rojo rolf roma roman romeo romo romy rona ronal ronan rong ronja ronny rony roos roose
roque rory rosa rosas rose rosey rosi rosie ross rossi rosy roth roux rowan rowe royal roza rozas ruano ruben rubi
rubin rubio ruby rudi rudy rueda rufus ruiz rukan rune rupa rush russo ruta ruth ruto ruwan ryan ryder ryong saad
saadi saal saar saba sabah saban sabir sabri sacha sachi sade sadeq sadie sadiq saeed saenz saez safa safet safi
safia saga sagar sahan sahar sahat sahel sahin sahir sahra saida saidi saif saint saito sajid sajit sakai sakwa
salah salam salas saleh salem sales sali salih salim sally salma salmi salvi sama samad saman samar sami samia samie
samin samir sammy samo samu samy sana sanad sanat sande sandi sandy sane sang sani sanja sanju sanna sanne sano
santa sanz sapa saqr sara sarah sarai saran sari sarl sarv sarya sasa sasha sato satya saud saudi sauer saul sayed
sayf sayid sazi schon scot scott sean sedat seif selam selim selin selma selva sena senad senat senn sepah sepp
serge serna serra setad seth sever sevim seyda seyed shada shadi shafi shah sham shami shan shana shane shani shao
shara shari sharp shaun shaw shawn shay shea sheik shen sheng sher sheri shibl shih shimi shin shiva shona shore
shura sian siena signa signe silas silja silje silke silva sima siman simek simic simo simon sims sina sinan sindi
singh sino sipho siri sirin sirra sisi sita siti siva sixto skye skyla sloan smal smet smets smid smith smits sneha
sofia sofie sokol sola soleh solis solon sona song sonja sonny sons sonya soos soren soria sosa soto sousa souza
spain spanm stacy stahl stan stana stark stars stas steen stef stein stela sten steve stig stijn stina stine stutz
subhi sudan sudha suha sula suman sumit sung sunil sunna sunny sura suri susan susi suvi suzy svea sven sveta swen
syed sylva syria tabea tadeo taeb tage taha tahir taina taja tajco tala talal taleb talha talhi tali talia talib
tamam tamar tamas tamer tami tamil tamir tammy tanak tang tania tanja tanya tapia tapio tara tarah tarak taras tarek
tari tarif tarik tariq tarun tasha tate tayla tech teddy tegan tekla tella tello tena tera terri terry tesfa tess
tessa thabo thanh thea theda theo theys thiel thijs thila thill thiry thom thor thys tiago tian tiana tiara tiare
tibor tien tiina tijs tilda tilde till timea timmy timo timon timur tina tine ting tino tisa tito titus tiva tobin
toby todd toivo toki toma toman tomas tome tomi tommy toms tong toni tonia tonny tony tonya tools tore tori toro
torre tory tose tosee toth toumi tours tovar tove traci tracy trans trejo trent trina trine troy trudi tsai tsang
tsui tuan tudor tulio tuma tunde tung turab turaz turk turki tusk tutu tyler tyra tyson ubayd uche uday ueda ugla
ugur ulla ullah ulloa ulrik umair umar umid ummah umqi unni upul urena urias uribe uriel uros usama usha usman usta
usuga vadim vagn vahid vaino vala vali valle valon vance vanda vanek vani vania vanja vanya vara varee varga varun
vasco vasyl vazir veda veit vela velde velez veli veliz velma velu venus vera verda verde vesna veta vezir viana
vicki vicky vida vidal vidar viejo viera viggo vigil vijay vikas vila vilis villa ville vilma vimal vina vinai vince
vinko vinod viola vita vito vitor vivek vlado vogel vogt volk vova vries waad wada wade wadi wael wafa wafi wafiq
wahab wahbi waked waldo wali walid walls wally walsh walt wanda wang wanja ward ware warin wario wati watt watts
wayne wazir webb weber weiss welch wells wende wendt wendy wever whyte wiley wille willi willy wilma wimal winai
wing wings wirth witte wiza wolf wolfe wolff women wong woods wout wulf wyatt xaver xenia xiang xiao yael yafi yago
yahia yahya yair yalta yaman yamin yanet yanez yang yani yanis yann yano yanti yaqub yara yard yasar yash yasin
yasir yates yazid yemen yenny yepes ying ylva yngve yogi yohan yona yong yoon york yosef young yousf yrsa yuki yulia
yung yunis yunus yuri yuriy yury yusif yusuf yvan yves yvon zabin zach zafar zafir zagar zahid zahir zahra zahur
zaid zaida zaidi zain zaira zajac zaki zakir zaliv zaman zamin zamir zane zara zaur zavod zayan zayd zaydi zayed
zayn zehra zeid zeina zelda zelma zeman zeng zeno zenta zhang zhao zhen zheng zhong zhou ziad ziani zima zina zion
zita ziyad zoey zofia zola zora zoran zoya zsolt
"""
)
