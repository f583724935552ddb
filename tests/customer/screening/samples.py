"""Lists about nobody, in the formats in which the real ones are published."""

UN = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<CONSOLIDATED_LIST xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" dateGenerated="2026-02-27T00:00:09.554Z">
  <INDIVIDUALS>
    <INDIVIDUAL>
      <DATAID>9000001</DATAID><FIRST_NAME>HARUN</FIRST_NAME><SECOND_NAME>AL-MISBAHI</SECOND_NAME>
      <THIRD_NAME/><UN_LIST_TYPE>Sample</UN_LIST_TYPE>
      <NAME_ORIGINAL_SCRIPT>هارون المصباحي</NAME_ORIGINAL_SCRIPT>
      <NATIONALITY><VALUE>Syrian Arab Republic</VALUE></NATIONALITY>
      <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Haroun Misbahi</ALIAS_NAME></INDIVIDUAL_ALIAS>
      <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Abu Lantern</ALIAS_NAME></INDIVIDUAL_ALIAS>
      <INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
      <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1970-05-04</DATE></INDIVIDUAL_DATE_OF_BIRTH>
      <INDIVIDUAL_DATE_OF_BIRTH>
        <TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1968</FROM_YEAR><TO_YEAR>1972</TO_YEAR>
      </INDIVIDUAL_DATE_OF_BIRTH>
      <INDIVIDUAL_DOCUMENT>
        <TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>S-000 123-4</NUMBER>
        <ISSUING_COUNTRY>Syrian Arab Republic</ISSUING_COUNTRY>
      </INDIVIDUAL_DOCUMENT>
    </INDIVIDUAL>
  </INDIVIDUALS>
  <ENTITIES>
    <ENTITY>
      <DATAID>9000002</DATAID><FIRST_NAME>LANTERN OIL TRADING LTD</FIRST_NAME>
      <ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>Lantern Petroleum</ALIAS_NAME></ENTITY_ALIAS>
      <ENTITY_ADDRESS><COUNTRY>Iran (Islamic Republic of)</COUNTRY></ENTITY_ADDRESS>
    </ENTITY>
  </ENTITIES>
</CONSOLIDATED_LIST>
""".encode()

SDN = (
    b'101,"MISBAHI, Harun","individual","SDGT] [SYRIA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    b"\"DOB 04 May 1970; alt. DOB circa 1971; nationality Syria; Passport S0001234 (Syria); a.k.a. 'LANTERN'.\"\r\n"
    b'102,"LANTERN STAR","vessel","IRAN",-0- ,-0- ,"Crude Oil Tanker",-0- ,-0- ,"Panama",-0- ,'
    b'"Vessel Registration Identification IMO 9000012; MMSI 999000012."\r\n'
    b'103,"LANTERN OIL TRADING LTD",-0- ,"IRAN",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\x1a'
)
ALT = b'101,11,"aka","AL-MISBAHI, Haroun",-0- \r\n102,12,"fka","OLD LAMP",-0- \r\n'
ADD = b'103,21,"1 Example Street","Sampletown","Iran",-0- \r\n101,22,-0- ,-0- ,"Lebanon",-0- \r\n'

OFAC_XML = b"""<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML">
  <publshInformation><Publish_Date>02/27/2026</Publish_Date><Record_Count>1</Record_Count></publshInformation>
  <sdnEntry><uid>101</uid><firstName>Harun</firstName><lastName>MISBAHI</lastName><sdnType>Individual</sdnType>
    <programList><program>SDGT</program></programList>
    <akaList>
      <aka><uid>11</uid><type>a.k.a.</type><category>strong</category><lastName>AL-MISBAHI</lastName></aka>
      <aka><uid>12</uid><type>a.k.a.</type><category>weak</category><lastName>LANTERN</lastName></aka>
    </akaList>
    <idList><id><uid>1</uid><idType>Passport</idType><idNumber>S0001234</idNumber><idCountry>Syria</idCountry></id></idList>
    <nationalityList><nationality><country>Syria</country></nationality></nationalityList>
    <dateOfBirthList><dateOfBirthItem><dateOfBirth>04 May 1970</dateOfBirth></dateOfBirthItem></dateOfBirthList>
  </sdnEntry>
</sdnList>
"""

OFAC_ADVANCED = b"""<?xml version="1.0" encoding="utf-8"?>
<Sanctions xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML">
  <DateOfIssue CalendarTypeID="1"><Year>2026</Year><Month>2</Month><Day>27</Day></DateOfIssue>
  <ReferenceValueSets>
    <AliasTypeValues><AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1403">Name</AliasType></AliasTypeValues>
    <CountryValues><Country ID="11199">Syria</Country></CountryValues>
    <FeatureTypeValues>
      <FeatureType ID="8" FeatureTypeGroupID="1">Birthdate</FeatureType>
      <FeatureType ID="10" FeatureTypeGroupID="1">Nationality Country</FeatureType>
    </FeatureTypeValues>
    <IDRegDocTypeValues><IDRegDocType ID="1571">Passport</IDRegDocType></IDRegDocTypeValues>
    <NamePartTypeValues>
      <NamePartType ID="1520">Last Name</NamePartType><NamePartType ID="1521">First Name</NamePartType>
    </NamePartTypeValues>
    <PartySubTypeValues><PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType></PartySubTypeValues>
    <PartyTypeValues><PartyType ID="1">Individual</PartyType></PartyTypeValues>
  </ReferenceValueSets>
  <Locations><Location ID="25"><LocationCountry CountryID="11199" CountryRelevanceID="1413"/></Location></Locations>
  <IDRegDocuments>
    <IDRegDocument ID="1" IDRegDocTypeID="1571" IdentityID="71" IssuedBy-CountryID="11199" ValidityID="1">
      <IDRegistrationNo>S0001234</IDRegistrationNo>
    </IDRegDocument>
  </IDRegDocuments>
  <DistinctParties>
    <DistinctParty FixedRef="101"><Profile ID="101" PartySubTypeID="4">
      <Identity ID="71" FixedRef="101" Primary="true" False="false">
        <Alias FixedRef="101" AliasTypeID="1403" Primary="true" LowQuality="false">
          <DocumentedName ID="1" FixedRef="101" DocNameStatusID="1">
            <DocumentedNamePart><NamePartValue NamePartGroupID="1" ScriptID="215">MISBAHI</NamePartValue></DocumentedNamePart>
            <DocumentedNamePart><NamePartValue NamePartGroupID="2" ScriptID="215">Harun</NamePartValue></DocumentedNamePart>
          </DocumentedName>
        </Alias>
        <Alias FixedRef="101" AliasTypeID="1400" Primary="false" LowQuality="true">
          <DocumentedName ID="2" FixedRef="101" DocNameStatusID="2">
            <DocumentedNamePart><NamePartValue NamePartGroupID="1" ScriptID="215">LANTERN</NamePartValue></DocumentedNamePart>
          </DocumentedName>
        </Alias>
        <NamePartGroups>
          <MasterNamePartGroup><NamePartGroup ID="1" NamePartTypeID="1520"/></MasterNamePartGroup>
          <MasterNamePartGroup><NamePartGroup ID="2" NamePartTypeID="1521"/></MasterNamePartGroup>
        </NamePartGroups>
      </Identity>
      <Feature ID="1" FeatureTypeID="8"><FeatureVersion ID="1" ReliabilityID="1561">
        <DatePeriod CalendarTypeID="1" YearFixed="false" MonthFixed="false" DayFixed="false">
          <Start Approximate="false"><From><Year>1970</Year><Month>5</Month><Day>4</Day></From></Start>
          <End Approximate="false"><To><Year>1970</Year><Month>5</Month><Day>4</Day></To></End>
        </DatePeriod>
      </FeatureVersion></Feature>
      <Feature ID="2" FeatureTypeID="10"><FeatureVersion ID="2"><VersionLocation LocationID="25"/></FeatureVersion></Feature>
    </Profile></DistinctParty>
  </DistinctParties>
  <SanctionsEntries>
    <SanctionsEntry ID="1" ProfileID="101" ListID="1550">
      <SanctionsMeasure ID="1" SanctionsTypeID="1"><Comment>SDGT</Comment></SanctionsMeasure>
    </SanctionsEntry>
  </SanctionsEntries>
</Sanctions>
"""

EU = b"""<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-02-27T10:00:00.000+01:00" globalFileId="1">
  <sanctionEntity designationDetails="" euReferenceNumber="EU.9000.1" logicalId="9001">
    <regulation programme="SAM" numberTitle="2026/1"/>
    <subjectType code="person" classificationCode="P"/>
    <nameAlias firstName="Harun" middleName="" lastName="Al-Misbahi" wholeName="Harun Al-Misbahi" strong="true"/>
    <nameAlias firstName="" middleName="" lastName="" wholeName="Lantern" strong="false"/>
    <citizenship countryIso2Code="SY" countryDescription="SYRIA"/>
    <address countryIso2Code="00" countryDescription="UNKNOWN"/>
    <birthdate circa="false" calendarType="GREGORIAN" birthdate="1970-05-04" year="1970"/>
    <birthdate circa="true" calendarType="GREGORIAN" yearRangeFrom="1969" yearRangeTo="1971"/>
    <identification number="S0001234" identificationTypeCode="passport" countryIso2Code="SY"/>
  </sanctionEntity>
</export>
"""

UK_XML = """<?xml version="1.0" encoding="utf-8"?>
<Designations><DateGenerated>27/02/2026</DateGenerated>
  <Designation><UniqueID>SAM0001</UniqueID>
    <Names>
      <Name><Name1>Harun</Name1><Name6>AL-MISBAHI</Name6><NameType>Primary Name</NameType></Name>
      <Name><Name6>Lantern</Name6><NameType>Alias</NameType><AliasStrength>Low quality a.k.a</AliasStrength></Name>
    </Names>
    <NonLatinNames><NonLatinName><NameNonLatinScript>هارون المصباحي</NameNonLatinScript></NonLatinName></NonLatinNames>
    <RegimeName>Sample</RegimeName><IndividualEntityShip>Individual</IndividualEntityShip>
    <Addresses><Address><AddressCountry>Lebanon</AddressCountry></Address></Addresses>
    <IndividualDetails><Individual><DOBs><DOB>04/05/1970</DOB><DOB>dd/mm/1971</DOB></DOBs>
      <Nationalities><Nationality>Syria</Nationality></Nationalities>
      <PassportDetails><Passport><PassportNumber>S0001234</PassportNumber></Passport></PassportDetails>
    </Individual></IndividualDetails>
  </Designation>
</Designations>
""".encode()

UK_CSV = """Report Date: 27-Feb-2026
Unique ID,OFSI Group ID,Name 6,Name 1,Name type,Alias strength,Name non-latin script,D.O.B,Nationality(/ies),Passport number,Regime Name,Designation Type
SAM0001,90001,AL-MISBAHI,Harun,Primary Name,,هارون المصباحي,04/05/1970,Syria,S0001234,Sample,Individual
SAM0001,90001,Lantern,,Alias,Low quality a.k.a,,dd/mm/1971,Syria,S0001234,Sample,Individual
SAM0002,90002,LANTERN STAR,,Primary Name,,,,,,Sample,Ship
""".encode()

OFSI_CSV = b"""Last Updated,27/02/2026
Name 6,Name 1,DOB,Nationality,Passport Number,Group Type,Alias Type,Alias Quality,Regime,Group ID
AL-MISBAHI,Harun,04/05/1970,Syria,S0001234,Individual,Primary name,,Sample,90001
Lantern,,00/00/1971,Syria,S0001234,Individual,AKA,Low,Sample,90001
"""

FTM = (
    b'{"id":"Q-1","schema":"Person","last_seen":"2026-02-27T06:00:00","properties":{"name":["Harun Misbahi"],'
    b'"alias":["Haroun al-Misbahi"],"weakAlias":["Lantern"],"birthDate":["1970-05"],"nationality":["sy"],'
    b'"passportNumber":["S0001234"],"topics":["role.pep"]}}\n'
    b'{"id":"Q-2","schema":"Person","last_seen":"2026-02-27T06:00:00","properties":{"name":["Amal Misbahi"],'
    b'"topics":["role.rca"]}}\n'
    b'{"id":"o-1","schema":"Occupancy","last_seen":"2026-02-27T06:00:00","properties":{"holder":["Q-1"],'
    b'"endDate":["2021-06-30"],"post":["p-1"]}}\n'
    b'{"id":"f-1","schema":"Family","last_seen":"2026-02-27T06:00:00","properties":{"person":["Q-1"],"relative":["Q-2"],"relationship":["sister"]}}\n'
    b'{"id":"p-1","schema":"Position","properties":{"name":["Minister of Lanterns"]}}\n'
)
