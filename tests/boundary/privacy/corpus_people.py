"""Words for people who do not exist, in many scripts: raw material of the corpus, nothing that the detector reads."""


def words(text: str) -> list[str]:
    return text.split()


def phrases(text: str) -> list[str]:
    return text.split(";")


LATIN: dict[str, tuple[str, str]] = {  # culture -> given names, family names
    "lk": (
        (
            "Nimal Kamal Sunil Chaminda Kasun Dinuka Tharindu Nuwan Ruwan Lasith Sanath Priyantha Chathura Isuru Dilshan "
            "Amali Nilmini Sanduni Hasini Iresha Kumari Malkanthi Sachini Dilini Thilini Anoma Ramani Chandrika Upul Ajith"
        ),
        (
            "Perera Silva Fernando Jayawardena Wickramasinghe Bandara Dissanayake Herath Gunawardena Rajapakse Senanayake "
            "Wijesinghe Ranatunga Kumarasinghe Ekanayake Abeysekera Gamage Liyanage Karunaratne Mendis Peiris Weerasinghe"
        ),
    ),
    "tamil": (
        (
            "Arun Karthik Selvam Murugan Kumaran Sivakumar Rajan Velu Prakash Anbu Kavitha Meena Lakshmi Priya Divya "
            "Thulasi Nithya Vasantha Saraswathi Yalini"
        ),
        (
            "Selvanathan Balasubramaniam Sivalingam Kanagaratnam Thangarajah Nadarajah Arulpragasam Ponnambalam "
            "Vigneswaran Sampanthan Rasiah Chelliah"
        ),
    ),
    "arab": (
        (
            "Ahmed Mohammed Khalid Omar Youssef Tariq Faisal Saud Abdullah Hamad Rashid Sultan Fatima Aisha Maryam Noura "
            "Layla Huda Salma Reem Abdulrahman Mansour Zayed"
        ),
        (
            "Al-Sahli Al-Mansoori Al-Otaibi Al-Harbi Al-Qahtani Al-Ghamdi Haddad Khoury Nasser Mansouri Al-Farsi Darwish "
            "Al-Zahrani Bin-Laith Hijazi Al-Dosari"
        ),
    ),
    "english": (
        (
            "James John Robert Michael William David Richard Thomas Emily Olivia Charlotte Amelia Sophie Jessica Hannah "
            "Peter Andrew Oliver George Harry Mark Grace Frank Rose"
        ),
        (
            "Smith Jones Taylor Williams Brown Davies Evans Wilson Thompson Johnson Roberts Wright Walker Robinson Hughes "
            "Clarke Ashworth Pemberton Hathaway Blackwood"
        ),
    ),
    "indian": (
        "Rahul Amit Sanjay Vikram Rohan Arjun Deepak Suresh Anil Pooja Neha Anjali Sneha Ritu Kavya Aditya Ishaan Raj",
        "Sharma Verma Gupta Singh Kumar Patel Reddy Iyer Nair Chatterjee Mukherjee Banerjee Desai Kulkarni Rao Mehta",
    ),
    "chinese": (
        "Wei Fang Xiuying Jing Lei Qiang Yan Jun Xiaoming Haoran Yuxuan Zihan Meiling Guoqiang Li Min",
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo Ouyang Zhuge",
    ),
    "europe": (
        (
            "François Jürgen Søren Zoë Łukasz Günther Chloé José Iñaki Bjørn Åsa Dvořák Élodie Anaïs Jean Pierre Hans "
            "Klaus Giulia Matteo Sofía Agnieszka Katarzyna Ingrid"
        ),
        (
            "Müller Dupont Lefèvre García Núñez Schröder Kowalski Nowak Rossi Bianchi Andersen Björklund Sørensen Weber "
            "Schmitt Thill Reuter Wagener Novák Öztürk Popescu"
        ),
    ),
    "africa": (
        "Chinedu Ngozi Amara Kwame Thabo Sipho Wanjiku Kamau Adaeze Oluwaseun Lerato Abebe Tigist Yaw Efua",
        "Okafor Adeyemi Mensah Nkosi Dlamini Mwangi Odhiambo Tesfaye Bekele Balogun Achebe Diallo Ndiaye Kone",
    ),
    "latin-america": (
        "Juan Carlos Luis Jorge Miguel Rosa Gabriela Valentina Camila Mateo Santiago Lucia Fernanda Joao Thiago",
        "Rodriguez Hernandez Gonzalez Martinez Lopez Ramirez Torres Flores Oliveira Souza Pereira Carvalho Quispe",
    ),
    "asia": (
        "Nguyen Linh Minh Thu Budi Siti Dewi Agus Putri Somchai Malee Hiroshi Yuki Sakura Kenji Jihoon Seoyeon Minjun",
        "Tran Pham Hoang Vu Santoso Wijaya Susanto Tanaka Suzuki Watanabe Yamamoto Kim Park Choi Santos Reyes Cruz",
    ),
}

NATIVE: dict[str, tuple[str, str]] = {
    "sinhala": ("නිමල් කමල් සුනිල් චමින්ද කසුන් තරිඳු සඳුනි දිලිනි අමාලි ඉරේෂා", "පෙරේරා සිල්වා ප්‍රනාන්දු බණ්ඩාර හේරත් ජයවර්ධන දිසානායක ගමගේ"),
    "tamil": ("அருண் கார்த்திக் முருகன் செல்வம் மீனா பிரியா லட்சுமி கவிதா", "செல்வநாதன் சிவலிங்கம் நடராஜா பொன்னம்பலம் தங்கராஜா"),
    "arabic": (
        "أحمد محمد خالد عمر يوسف فاطمة عائشة مريم نورة سلمى",
        "السهلي العتيبي القحطاني الغامدي حداد الخوري المنصوري الحربي",
    ),
    "devanagari": ("राहुल अमित संजय पूजा नेहा अंजलि विक्रम", "शर्मा वर्मा गुप्ता सिंह कुमार पटेल"),
    "bengali": ("রহিম করিম সুমন ফারজানা নাসরিন", "হোসেন রহমান চৌধুরী সরকার"),
    "han": ("伟 芳 秀英 静 磊 小明 浩然 美玲", "王 李 张 刘 陈 欧阳"),
    "kana": ("さくら ひろし ケンジ ユキ 太郎", "田中 鈴木 渡辺 サトウ"),
    "hangul": ("지훈 서연 민준 하은", "김 이 박 최 정"),
    "cyrillic": ("Иван Мария Алексей Ольга Дмитрий Наталья", "Иванов Петрова Смирнов Кузнецова Шевченко"),
    "greek": ("Γιώργος Μαρία Νίκος Ελένη", "Παπαδόπουλος Νικολάου Γεωργίου"),
    "hebrew": ("דוד שרה יוסף רחל", "כהן לוי מזרחי פרץ"),
    "thai": ("สมชาย มาลี สมศรี วิชัย", "ใจดี ศรีสุข ทองดี"),
    "armenian": ("Արամ Անահիտ Տիգրան", "Պետրոսյան Հարությունյան"),
    "georgian": ("გიორგი ნინო დავით", "ბერიძე კაპანაძე"),
    "amharic": ("አበበ ትዕግስት ዳዊት", "ተስፋዬ በቀለ"),
    "khmer": ("សុខា ចាន់", "សុវណ្ណ លីម"),
    "dhivehi": ("އަހުމަދު މަރިޔަމް", "އިބްރާހިމް ޢަލީ"),
    "gurmukhi": ("ਗੁਰਪ੍ਰੀਤ ਹਰਜੀਤ", "ਸਿੰਘ ਕੌਰ"),
}

STREETS = phrases(
    "Galle Road;Duplication Road;Temple Lane;Baker Street;Evergreen Terrace;Sheikh Zayed Road;King Fahd Road;Elm Avenue;"
    "Lotus Road;Station Road;High Street;Flower Road;Rue de la Gare;Avenue de la Liberté;Hauptstraße;Marine Drive;"
    "Al Wasl Road;Lake View Drive;Park Lane;Ward Place;Peradeniya Road;Oak Street;Bishop's Court;Sri Jinaratana Mawatha"
)
CITIES = phrases(
    "Colombo 03;Kandy;Galle;Jaffna;Negombo;Dubai;Abu Dhabi;Sharjah;Riyadh;Jeddah;Luxembourg;Esch-sur-Alzette;London;"
    "Manchester;Springfield, IL 62704;Austin, TX 78701;New York, NY 10001;Mumbai 400001;Chennai;Nugegoda;Moratuwa;Leeds LS1 4AP"
)
NATIVE_ADDRESSES = phrases(
    "අංක 12, ගාලු පාර, කොළඹ 03;අංක 45/2, දළදා වීදිය, මහනුවර;எண் 12, காலி வீதி, கொழும்பு 03;45 கோயில் தெரு, யாழ்ப்பாணம்;"
    "شارع الشيخ زايد، فيلا 14، دبي;حي النخيل، شارع العليا، الرياض 12382;ул. Ленина, д. 5, кв. 12, Москва;"
    "北京市朝阳区建国路88号;東京都渋谷区神南1-2-3;서울특별시 강남구 테헤란로 152;Οδός Ερμού 15, Αθήνα 10563;"
    "12, गांधी मार्ग, नई दिल्ली 110001;הרצל 15, תל אביב;99 ถนนสุขุมวิท กรุงเทพฯ"
)
HOSTS = phrases(
    "example.com;example.org;mail.example.lk;post.example.ae;example.co.uk;inbox.example.net;gmail.test;team.example.lu;"
    "mail.example.com;home.example"
)
NATIVE_MAILBOXES = [
    "නිමල්@උදාහරණය.ලංකා",
    "用户@例子.公司",
    "пользователь@пример.рф",
    "nimal@xn--fzc2c9e2c.xn--fzys8d69uvgm",
    "müller@bücher.example",
    "أحمد@مثال.إختبار",
]
