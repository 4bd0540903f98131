// Chapter "Object management functions".
#include <algorithm>
#include <cstring>

#include "hsm_sim/api/objects.h"

namespace florin::hsm_sim {
namespace {

Status CreateObject(Session& session, const CK_ATTRIBUTE* entries, CK_ULONG count,
                    CK_OBJECT_HANDLE* handle) {
  if (handle == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY(Template given, CopyTemplate(session, entries, count));
  FLORIN_TRY(Object object, CreateFromTemplate(std::move(given), ContextOf(session)));
  FLORIN_TRY(*handle, AddObject(session, std::move(object)));
  return OkStatus();
}

Result<ObjectPtr> FindObject(Session& session, CK_OBJECT_HANDLE handle) {
  FLORIN_CHECK_OK(session.token->Sync());
  ObjectPtr object = session.Find(handle);
  if (object == nullptr) return Fail(CKR_OBJECT_HANDLE_INVALID);
  return object;
}

Status CopyObject(Session& session, CK_OBJECT_HANDLE source, const CK_ATTRIBUTE* entries,
                  CK_ULONG count, CK_OBJECT_HANDLE* handle) {
  if (handle == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  FLORIN_TRY(const ObjectPtr object, FindObject(session, source));
  FLORIN_TRY(const Template changes, CopyTemplate(session, entries, count));
  if (!object->attributes.Bool(CKA_COPYABLE)) return Fail(CKR_ACTION_PROHIBITED);
  if (object->key_state == KeyState::kSealed) return Fail(CKR_USER_NOT_LOGGED_IN);
  if (object->key_state == KeyState::kDamaged) return Fail(CKR_DEVICE_ERROR);
  FLORIN_TRY(Object copy, ChangedObject(*object, Change::kCopy, changes, ContextOf(session)));
  FLORIN_TRY(*handle, AddObject(session, std::move(copy)));
  return OkStatus();
}

// Token objects change through read/write sessions only.
Status CheckWritable(const Session& session, const Object& object) {
  if (object.is_token() && !session.read_write) return Fail(CKR_SESSION_READ_ONLY);
  return OkStatus();
}

Status DestroyObject(Session& session, CK_OBJECT_HANDLE handle) {
  FLORIN_TRY(const ObjectPtr object, FindObject(session, handle));
  FLORIN_CHECK_OK(CheckWritable(session, *object));
  FLORIN_CHECK_OK(session.token->Destroy(handle));
  session.Forget();
  if (!object->is_token()) session.Disown(handle);
  return OkStatus();
}

Status GetObjectSize(Session& session, CK_OBJECT_HANDLE handle, CK_ULONG* size) {
  FLORIN_TRY(const ObjectPtr object, FindObject(session, handle));
  if (size == nullptr) return Fail(CKR_ARGUMENTS_BAD);
  *size = SizeOf(*object);
  return OkStatus();
}

CK_RV GetOne(const Session& session, const Object& object, CK_ATTRIBUTE& entry) {
  const CK_ULONG room = entry.ulValueLen;
  entry.ulValueLen = CK_UNAVAILABLE_INFORMATION;
  if (session.quirks->LacksAttribute(entry.type)) return CKR_ATTRIBUTE_TYPE_INVALID;
  if (IsHidden(object, entry.type)) return CKR_ATTRIBUTE_SENSITIVE;
  const AttributeValue value = ReadAttribute(object, entry.type);
  if (!value.found) return CKR_ATTRIBUTE_TYPE_INVALID;
  if (entry.pValue == nullptr) {
    entry.ulValueLen = value.value.size();
    return CKR_OK;
  }
  if (room < value.value.size()) return CKR_BUFFER_TOO_SMALL;
  if (!value.value.empty()) std::memcpy(entry.pValue, value.value.data(), value.value.size());
  entry.ulValueLen = value.value.size();
  return CKR_OK;
}

Status GetAttributeValue(Session& session, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE* entries,
                         CK_ULONG count) {
  FLORIN_TRY(const ObjectPtr object, FindObject(session, handle));
  if ((entries == nullptr && count != 0) || count > kMaxTemplateEntries) {
    return Fail(CKR_ARGUMENTS_BAD);
  }
  CK_RV answer = CKR_OK;
  for (CK_ULONG i = 0; i < count; ++i) {
    const CK_RV one = GetOne(session, *object, entries[i]);
    // Every attribute is served; which error is told of several is open (PKCS#11 3.0 5.7.5).
    if (answer == CKR_OK) answer = one;
  }
  return answer == CKR_OK ? OkStatus() : Status(Fail(answer));
}

Status SetAttributeValue(Session& session, CK_OBJECT_HANDLE handle, const CK_ATTRIBUTE* entries,
                         CK_ULONG count) {
  FLORIN_TRY(const ObjectPtr object, FindObject(session, handle));
  FLORIN_CHECK_OK(CheckWritable(session, *object));
  FLORIN_TRY(const Template changes, CopyTemplate(session, entries, count));
  const MakerContext context = ContextOf(session);
  FLORIN_CHECK_OK(session.token->ChangeObject(handle, [&](const Object& current) {
    return ChangedObject(current, Change::kSet, changes, context);
  }));
  session.Forget();
  return OkStatus();
}

Status FindObjectsInit(Session& session, const CK_ATTRIBUTE* entries, CK_ULONG count) {
  if (session.find.active) return Fail(CKR_OPERATION_ACTIVE);
  FLORIN_TRY(const Template query, CopyTemplate(session, entries, count));
  FLORIN_CHECK_OK(session.token->Sync());
  session.find.results = session.token->objects().Search(query);
  session.find.next = 0;
  session.find.active = true;
  return OkStatus();
}

Status FindObjects(Session& session, CK_OBJECT_HANDLE* handles, CK_ULONG room, CK_ULONG* count) {
  FindState& find = session.find;
  if (!find.active) return Fail(CKR_OPERATION_NOT_INITIALIZED);
  if (count == nullptr || (handles == nullptr && room != 0)) return Fail(CKR_ARGUMENTS_BAD);
  const CK_ULONG given = std::min<CK_ULONG>(room, find.results.size() - find.next);
  for (CK_ULONG i = 0; i < given; ++i) handles[i] = find.results[find.next++];
  *count = given;
  return OkStatus();
}

Status FindObjectsFinal(Session& session) {
  if (!session.find.active) return Fail(CKR_OPERATION_NOT_INITIALIZED);
  session.find = FindState();
  return OkStatus();
}

}  // namespace

MakerContext ContextOf(const Session& session) {
  return {session.token->policy(), session.token->login() == LoginState::kSo,
          &session.token->clock()};
}

Result<Template> CopyTemplate(const Session& session, const CK_ATTRIBUTE* entries, CK_ULONG count) {
  FLORIN_TRY(Template copy, Template::Copy(entries, count));
  for (CK_ULONG i = 0; i < count; ++i) {
    if (session.quirks->LacksAttribute(entries[i].type)) return Fail(CKR_ATTRIBUTE_TYPE_INVALID);
  }
  return copy;
}

Status CheckMayAdd(const Session& session, const Attributes& attributes) {
  if (attributes.Bool(CKA_TOKEN) && !session.read_write) return Fail(CKR_SESSION_READ_ONLY);
  if (attributes.Bool(CKA_PRIVATE) && session.token->login() != LoginState::kUser) {
    return Fail(CKR_USER_NOT_LOGGED_IN);
  }
  return OkStatus();
}

Result<CK_OBJECT_HANDLE> AddObject(Session& session, Object object) {
  FLORIN_CHECK_OK(CheckMayAdd(session, object.attributes));
  const bool is_token = object.is_token();
  object.owner = is_token ? 0 : session.handle;
  FLORIN_TRY(const CK_OBJECT_HANDLE handle, session.token->Add(std::move(object)));
  if (!is_token) session.Own(handle);
  return handle;
}

}  // namespace florin::hsm_sim

namespace sim = florin::hsm_sim;

extern "C" {

CK_RV C_CreateObject(CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount,
                     CK_OBJECT_HANDLE_PTR phObject) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::CreateObject(session, pTemplate, ulCount, phObject);
  });
}

CK_RV C_CopyObject(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate,
                   CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phNewObject) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::CopyObject(session, hObject, pTemplate, ulCount, phNewObject);
  });
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::DestroyObject(session, hObject);
  });
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ULONG_PTR pulSize) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::GetObjectSize(session, hObject, pulSize);
  });
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
                          CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::GetAttributeValue(session, hObject, pTemplate, ulCount);
  });
}

CK_RV C_SetAttributeValue(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
                          CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::SetAttributeValue(session, hObject, pTemplate, ulCount);
  });
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::FindObjectsInit(session, pTemplate, ulCount);
  });
}

CK_RV C_FindObjects(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE_PTR phObject,
                    CK_ULONG ulMaxObjectCount, CK_ULONG_PTR pulObjectCount) {
  return sim::SessionShell(hSession, [=](sim::Module&, sim::Session& session) {
    return sim::FindObjects(session, phObject, ulMaxObjectCount, pulObjectCount);
  });
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE hSession) {
  return sim::SessionShell(
      hSession, [](sim::Module&, sim::Session& session) { return sim::FindObjectsFinal(session); });
}

}  // extern "C"
