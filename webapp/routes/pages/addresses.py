"""Where every page is and whom it is open to: audience, method, endpoint, address. Written by `python -m tools.addresses`."""

ADDRESSES = """
dashboard
    STAFF GET  dashboard.index /
    STAFF GET  dashboard.nights /dashboard/nights
booking
    STAFF GET  bookings.index /bookings
    STAFF GET  bookings.download /bookings.csv
    STAFF GET  bookings.show /bookings/<public_id>
    STAFF GET  bookings.history /bookings/<public_id>/history
    STAFF GET  bookings.as_of /bookings/<public_id>/as-of
health
    STAFF GET  health.index /integrations/health
    STAFF GET  health.engine /integrations/health/engine
    STAFF GET  health.missed /integrations/health/missed
    STAFF GET  health.history /integrations/health/history
watches
    STAFF GET  watches.truth /integrations/health/comparison
    STAFF GET  watches.alarms /integrations/health/alarms
    STAFF GET  watches.watch /integrations/health/watch
    ADMIN POST watches.check_now /integrations/health/comparison/<public_id>/check
    ADMIN POST watches.full_sync /integrations/health/comparison/<public_id>/full-sync
hotel
    ADMIN GET  hotel.index /settings/hotel
    ADMIN POST hotel.save /settings/hotel
logs
    ADMIN GET  logs.index /integrations/logs
    ADMIN GET  logs.csv /integrations/logs.csv
    ADMIN GET  logs.jsonl /integrations/logs.jsonl
log_entries
    ADMIN GET  log_entries.show /integrations/logs/<int:entry_id>
    ADMIN POST log_entries.reveal /integrations/logs/<int:entry_id>/reveal
    ADMIN POST log_entries.replay /integrations/logs/<int:entry_id>/replay
log_settings
    ADMIN GET  log_settings.show /integrations/logs/settings
    ADMIN POST log_settings.save /integrations/logs/settings
inbox
    ADMIN GET  inbox.index /integrations/logs/inbox
    ADMIN GET  inbox.csv /integrations/logs/inbox.csv
    ADMIN GET  inbox.jsonl /integrations/logs/inbox.jsonl
    ADMIN GET  inbox.show /integrations/logs/inbox/<hit_id>
    ADMIN POST inbox.reveal /integrations/logs/inbox/<hit_id>/reveal
    ADMIN POST inbox.replay /integrations/logs/inbox/<hit_id>/replay
hit_replays
    ADMIN POST hit_replays.plan /integrations/logs/inbox/plan
    ADMIN POST hit_replays.start /integrations/logs/inbox/start
    ADMIN GET  hit_replays.show /integrations/logs/inbox/replays/<batch>
    ADMIN POST hit_replays.dismiss /integrations/logs/inbox/dismiss
repairs
    ADMIN POST repairs.repair /settings/integrations/<public_id>/repair
connections
    ADMIN GET  connections.index /settings/integrations
    ADMIN GET  connections.overview /settings/integrations/<public_id>
    ADMIN GET  connections.data_types /settings/integrations/<public_id>/data-types
    ADMIN POST connections.save_data_types /settings/integrations/<public_id>/data-types
    ADMIN POST connections.budget /settings/integrations/<public_id>/data-types/budget
    ADMIN GET  connections.runs /settings/integrations/<public_id>/runs
    ADMIN GET  connections.run /settings/integrations/<public_id>/runs/<run_id>
connection_buttons
    ADMIN POST connection_buttons.sync /settings/integrations/<public_id>/sync
    ADMIN POST connection_buttons.cancel /settings/integrations/<public_id>/cancel
    ADMIN POST connection_buttons.test /settings/integrations/<public_id>/test
    ADMIN POST connection_buttons.clear_cache /settings/integrations/<public_id>/clear-cache
    ADMIN POST connection_buttons.pause /settings/integrations/<public_id>/pause
    ADMIN POST connection_buttons.resume /settings/integrations/<public_id>/resume
    ADMIN POST connection_buttons.promote /settings/integrations/<public_id>/promote
    ADMIN POST connection_buttons.remove /settings/integrations/<public_id>/remove
    ADMIN POST connection_buttons.restore /settings/integrations/<public_id>/restore
booking_watch
    ADMIN GET  booking_watch.show /settings/integrations/<public_id>/test-booking
    ADMIN POST booking_watch.arm /settings/integrations/<public_id>/test-booking
    ADMIN POST booking_watch.close /settings/integrations/<public_id>/test-booking/close
connection_settings
    ADMIN GET  connection_settings.show /settings/integrations/<public_id>/settings
    ADMIN POST connection_settings.rename /settings/integrations/<public_id>/settings/name
    ADMIN POST connection_settings.save_access /settings/integrations/<public_id>/settings/access
    ADMIN POST connection_settings.try_access /settings/integrations/<public_id>/settings/access/test
    ADMIN POST connection_settings.choose_access /settings/integrations/<public_id>/settings/access/choose
doctor
    ADMIN GET  doctor.show /settings/integrations/<public_id>/troubleshooting
    ADMIN POST doctor.type_address /settings/integrations/<public_id>/troubleshooting/address
    ADMIN POST doctor.probe /settings/integrations/<public_id>/troubleshooting/probe
    ADMIN POST doctor.switch_data_type /settings/integrations/<public_id>/troubleshooting/data-type
    ADMIN POST doctor.set_frequency /settings/integrations/<public_id>/troubleshooting/frequency
    ADMIN POST doctor.clear_cache /settings/integrations/<public_id>/troubleshooting/clear-cache
wizard
    ADMIN GET  wizard.choose /settings/integrations/new
    ADMIN GET  wizard.begin /settings/integrations/new/<provider>
    ADMIN POST wizard.discard /settings/integrations/new/<provider>/discard
    ADMIN GET  wizard.access /settings/integrations/new/<provider>/credentials
    ADMIN POST wizard.save_access /settings/integrations/new/<provider>/credentials
    ADMIN POST wizard.choose_access /settings/integrations/new/<provider>/credentials/choose
    ADMIN POST wizard.try_access /settings/integrations/new/<provider>/credentials/test
    ADMIN GET  wizard.sync /settings/integrations/new/<provider>/sync
    ADMIN POST wizard.save_sync /settings/integrations/new/<provider>/sync
    ADMIN POST wizard.budget /settings/integrations/new/<provider>/sync/budget
    ADMIN GET  wizard.review /settings/integrations/new/<provider>/review
    ADMIN POST wizard.finish /settings/integrations/new/<provider>/review
    ADMIN POST wizard.try_all /settings/integrations/new/<provider>/review/test
approvals
    ADMIN POST approvals.begin_draft /settings/integrations/new/<provider>/approve
    ADMIN POST approvals.begin /settings/integrations/<public_id>/approve
    ADMIN GET  approvals.show /settings/integrations/approval/<approval_id>
    ADMIN POST approvals.again /settings/integrations/approval/<approval_id>/again
    ADMIN GET  approvals.take_answer /settings/integrations/approval/return
    ADMIN GET  approvals.refused /settings/integrations/approval/refused/<kind>
webhooks
    ADMIN GET  webhooks.show /settings/integrations/<public_id>/webhooks
    ADMIN POST webhooks.make_address /settings/integrations/<public_id>/webhooks/address
    ADMIN POST webhooks.rotate /settings/integrations/<public_id>/webhooks/rotate
    ADMIN POST webhooks.end_old /settings/integrations/<public_id>/webhooks/end-old
    ADMIN POST webhooks.order /settings/integrations/<public_id>/webhooks/order
    ADMIN POST webhooks.look /settings/integrations/<public_id>/webhooks/look
    ADMIN POST webhooks.end_orders /settings/integrations/<public_id>/webhooks/end-orders
    ADMIN POST webhooks.replay /settings/integrations/<public_id>/webhooks/<hit_id>/replay
recipe
    ADMIN GET  recipe.draft /settings/integrations/new/<provider>/mapping
    ADMIN POST recipe.edit_draft /settings/integrations/new/<provider>/mapping
    ADMIN GET  recipe.export_draft /settings/integrations/new/<provider>/mapping/recipe.json
    ADMIN GET  recipe.show /settings/integrations/<public_id>/mapping
    ADMIN POST recipe.edit /settings/integrations/<public_id>/mapping
    ADMIN GET  recipe.export /settings/integrations/<public_id>/mapping/recipe.json
mapping_versions
    ADMIN GET  mapping_versions.index /settings/integrations/<public_id>/mapping/versions
    ADMIN GET  mapping_versions.compare /settings/integrations/<public_id>/mapping/versions/compare
    ADMIN POST mapping_versions.restore /settings/integrations/<public_id>/mapping/versions/<int:number>/restore
sign_in
    ALL   GET  sign_in.form /login
    ALL   POST sign_in.enter /login
    STAFF POST sign_in.leave /logout
setup
    ALL   GET  setup.index /setup
    ALL   POST setup.finish /setup
preferences
    ALL   POST preferences.theme /theme
    STAFF GET  preferences.account /account
    STAFF POST preferences.change_name /account/name
    STAFF POST preferences.change_password /account/password
users
    OWNER GET  users.index /settings/security/users
    OWNER POST users.invite /settings/security/users
    OWNER GET  users.show /settings/security/users/<public_id>
    OWNER POST users.change_role /settings/security/users/<public_id>/role
    OWNER POST users.deactivate /settings/security/users/<public_id>/deactivate
    OWNER POST users.reactivate /settings/security/users/<public_id>/reactivate
    OWNER POST users.reset_password /settings/security/users/<public_id>/password
api_access
    ADMIN GET  api_access.index /settings/api-access
    ADMIN GET  api_access.new /settings/api-access/new
    ADMIN POST api_access.generate /settings/api-access
    ADMIN GET  api_access.show /settings/api-access/keys/<public_id>
    ADMIN POST api_access.rotate /settings/api-access/keys/<public_id>/rotate
    ADMIN POST api_access.revoke /settings/api-access/keys/<public_id>/revoke
    ADMIN GET  api_access.try_it /settings/api-access/try
deliveries
    ADMIN GET  deliveries.of_endpoint /settings/api-access/endpoints/<public_id>/deliveries
    ADMIN GET  deliveries.of_event /settings/api-access/endpoints/events/<event_id>
    ADMIN GET  deliveries.show /settings/api-access/endpoints/deliveries/<delivery_id>
    ADMIN POST deliveries.replay /settings/api-access/endpoints/deliveries/<delivery_id>/replay
    ADMIN POST deliveries.plan /settings/api-access/endpoints/<public_id>/again
    ADMIN POST deliveries.start /settings/api-access/endpoints/<public_id>/again/start
endpoints
    ADMIN GET  endpoints.index /settings/api-access/endpoints
    ADMIN GET  endpoints.new /settings/api-access/endpoints/new
    ADMIN POST endpoints.add /settings/api-access/endpoints
    ADMIN GET  endpoints.show /settings/api-access/endpoints/<public_id>
    ADMIN POST endpoints.change /settings/api-access/endpoints/<public_id>
    ADMIN POST endpoints.test /settings/api-access/endpoints/<public_id>/test
    ADMIN POST endpoints.reveal /settings/api-access/endpoints/<public_id>/secret
    ADMIN POST endpoints.rotate /settings/api-access/endpoints/<public_id>/rotate
    ADMIN POST endpoints.end_old_secret /settings/api-access/endpoints/<public_id>/end-old-secret
    ADMIN POST endpoints.enable /settings/api-access/endpoints/<public_id>/enable
    ADMIN POST endpoints.disable /settings/api-access/endpoints/<public_id>/disable
    ADMIN POST endpoints.remove /settings/api-access/endpoints/<public_id>/remove
endpoint_repairs
    ADMIN POST endpoint_repairs.repair /settings/api-access/endpoints/<public_id>/repair
    ADMIN GET  endpoint_repairs.health /settings/api-access/endpoints/health
api_reference
    ADMIN GET  api_reference.index /settings/api-access/reference
support
    STAFF GET  support.index /support
    STAFF GET  support.search /support/guides
    STAFF GET  support.guide /support/guides/<key>
tickets
    STAFF GET  tickets.new /support/tickets/new
    STAFF POST tickets.create /support/tickets
    STAFF POST tickets.add_diagnostics /support/tickets/diagnostics
    STAFF GET  tickets.show /support/tickets/<public_id>
    STAFF POST tickets.answer /support/tickets/<public_id>/messages
    STAFF POST tickets.add_diagnostics_to /support/tickets/<public_id>/diagnostics
    ADMIN POST tickets.manage /support/tickets/<public_id>/manage
    STAFF GET  tickets.file /support/tickets/<public_id>/files/<file>
    STAFF GET  tickets.export /support/tickets/<public_id>/export
diagnostics
    STAFF GET  diagnostics.index /support/diagnostics
    STAFF POST diagnostics.make /support/diagnostics
    STAFF GET  diagnostics.show /support/diagnostics/<public_id>
    STAFF GET  diagnostics.json /support/diagnostics/<public_id>/file.json
    STAFF GET  diagnostics.zip /support/diagnostics/<public_id>/file.zip
support_contacts
    ADMIN GET  support_contacts.index /settings/hotel/support
    ADMIN POST support_contacts.save /settings/hotel/support
portfolio
    ALL   GET  portfolio.index /portfolio
"""
